"""Submitting inputs of which some cannot be admitted, and what is held for each alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stele.app import core_of
from stele.domain.errors import InputError, MissingError, ObjectNotFound, RequestError, UnknownFormat, UnknownLanguage
from stele.domain.job import Asked, Feature, JobOptions, JobState, Output, UnitKind
from stele.service import buckets
from stele.service.access import create_project
from stele.service.core import Core, Principal
from stele.service.names import new_job_id
from stele.service.records import (
    PublishStep,
    Submitted,
)
from stele.service.submit import FailedInput, Input, ObjectRef, Submission, Tailored, submit
from stele.service.uploads import receive_whole
from stele.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of nothing"
ME = Principal(project="mine")
GONE = ObjectRef(bucket="box", key="gone.png")
LOST = FailedInput(failure=RequestError(reason="no base64").failure())


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    core = core_of(Settings(data=str(tmp_path)))
    create_project(core, ME.project)
    buckets.create_bucket(core, ME, "box")
    receiver = buckets.receive_object(core, ME, "box", "a.png")
    receiver.write(PNG)
    buckets.put_object(core, ME, "box", "a.png", upload=receiver.finish(), content_type="image/png")
    yield core
    core.store.close()


def submitted(core: Core, *inputs: Input, **fields: object) -> Submitted:
    job = new_job_id()
    uploads = tuple(
        receive_whole(core, job, index, f"{index}.png", one) if isinstance(one, bytes) else one
        for index, one in enumerate(inputs)
    )
    values = {"options": JobOptions(), **fields}
    return submit(core, ME, Submission(job=job, dialect="native", inputs=uploads, **values))


def test_an_error_says_which_input_it_is_about(core: Core) -> None:
    with pytest.raises(ObjectNotFound) as caught:
        submitted(core, PNG, GONE)
    assert caught.value.input == 1
    assert core.store.claim("worker", 30) is None, "nothing of the request is left"


def test_tolerated_errors_cost_only_their_own_input(core: Core) -> None:
    job = submitted(core, PNG, GONE, b"rubbish", LOST, tolerated=(MissingError, InputError)).job
    assert [item.error and item.error.code for item in job.items] == [
        None,
        "missing.object",
        "input.unknown_format",
        "request.invalid",
    ]
    lease = core.store.claim("worker", 30)
    assert lease is not None and (lease.kind, lease.item) == (UnitKind.READ, 0)
    assert core.store.claim("worker", 30) is None, "there is nothing to do for the others"


def test_other_errors_refuse_the_request(core: Core) -> None:
    with pytest.raises(UnknownFormat):
        submitted(core, PNG, b"rubbish", tolerated=(MissingError,))


def test_a_job_of_failures_alone_ends_at_once(core: Core) -> None:
    job = submitted(core, LOST, LOST).job
    assert job.state is JobState.FAILED and job.error is not None and job.error.code == "request.invalid"


def test_it_is_published_all_the_same(core: Core) -> None:
    job = submitted(core, LOST, options=JobOptions(output=Output(bucket="box", prefix="out/"))).job
    assert job.state is JobState.PUBLISHING
    lease = core.store.claim("worker", 30)
    assert lease is not None
    assert lease.step == PublishStep(item=None, format=None, output=Output(bucket="box", prefix="out/"))


def test_what_holds_for_one_input_alone(core: Core) -> None:
    asked = Asked(languages=("ru",), features=(Feature.LABELS,), max_results={Feature.LABELS: 3})
    output = Output(bucket="box", prefix="first/")
    tailored = Tailored(
        input=ObjectRef(bucket="box", key="a.png"), name="gs://box/a.png", asked=asked, max_pages=7, output=output
    )
    job = submitted(core, tailored, ObjectRef(bucket="box", key="a.png")).job
    first, second = job.items
    assert (first.name, first.source.asked, first.source.max_pages) == ("gs://box/a.png", asked, 7)
    assert (second.name, second.source.asked, second.source.max_pages) == ("a.png", None, None)


def test_an_unknown_language_of_one_input_is_refused(core: Core) -> None:
    picture = ObjectRef(bucket="box", key="a.png")
    with pytest.raises(UnknownLanguage):
        submitted(core, Tailored(input=picture, asked=Asked(languages=("xx-nonsense",))))


def test_an_object_that_goes_away_meanwhile_is_missing(core: Core) -> None:
    info = core.store.object("box", "a.png")
    assert info is not None
    core.blobs.delete(info.blob)
    with pytest.raises(ObjectNotFound):
        submitted(core, ObjectRef(bucket="box", key="a.png"))


def test_tags_change(core: Core) -> None:
    job = submitted(core, PNG).job
    assert core.store.tag(ME.project, job.id, "new")
    again = core.store.job(ME.project, job.id)
    assert again is not None and again.options.tag == "new"
    assert not core.store.tag("other", job.id, "stolen")
