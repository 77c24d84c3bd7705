"""Requests of the Google dialect: their JSON form, their addresses, their names."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stele.dialects.google.asking import languages_of, output_of, parent_of, wants_of
from stele.dialects.google.decoding import decoded
from stele.dialects.google.errors import CanonicalCode, GoogleError, status_of
from stele.dialects.google.messages import (
    FeatureRequest,
    GcsDestination,
    ImageContext,
    ListOperationsRequest,
    OutputConfig,
    WaitOperationRequest,
)
from stele.dialects.google.names import is_operation, job_of_operation, new_operation_job, operation_id
from stele.dialects.google.rest import target_of
from stele.domain.errors import SteleError, UnknownLanguage, table
from stele.service.names import new_job_id

LIST = "google.longrunning.ListOperationsRequest"
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["requests", "image", "features", "type"]), inner),
    max_leaves=12,
)


def refused(body: object, name: str = LIST) -> str:
    with pytest.raises(GoogleError) as caught:
        decoded(name, body, ListOperationsRequest)
    assert caught.value.code is CanonicalCode.INVALID_ARGUMENT
    return caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        {"pageSize": 3, "filter": "x"},
        {"page_size": "3", "filter": "x"},
        {"pageSize": 3.0, "filter": "x", "name": None},
    ],
)
def test_names_and_numbers_in_all_forms(body: object) -> None:
    assert decoded(LIST, body, ListOperationsRequest) == ListOperationsRequest(page_size=3, filter="x")


def test_what_is_no_request() -> None:
    assert refused({"pageSize": 3, "page_size": 4}).endswith('The name "page_size" is given twice.')
    for wrong in ("three", 3.5, True, [], {}, 2**31, "1_000", float("inf"), "nan"):
        assert refused({"pageSize": wrong}).startswith("Invalid value at 'page_size' (TYPE_INT32), ")
    digits = {"requests": [{"features": [{"type": "9" * 5000}]}]}
    told = refused(digits, "google.cloud.vision.v1.BatchAnnotateImagesRequest")
    assert told.startswith("Invalid value at 'requests[0].features[0].type' (")
    assert refused({"filter": 3}) == "Invalid value at 'filter' (TYPE_STRING), 3"
    assert refused({"returnPartialSuccess": "yes"}) == "Invalid value at 'return_partial_success' (TYPE_BOOL), \"yes\""


def test_violations_are_told_to_programs() -> None:
    with pytest.raises(GoogleError) as caught:
        decoded(LIST, {"what": 1}, ListOperationsRequest)
    (detail,) = status_of(caught.value).details
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"


@settings(deadline=None)
@given(ANY)
def test_nothing_else_is_ever_raised(body: object) -> None:
    from stele.dialects.google.messages import BatchAnnotateImagesRequest

    try:
        decoded("google.cloud.vision.v1.BatchAnnotateImagesRequest", body, BatchAnnotateImagesRequest)
    except GoogleError as error:
        assert error.code is CanonicalCode.INVALID_ARGUMENT


def test_durations() -> None:
    name = "google.longrunning.WaitOperationRequest"
    assert decoded(name, {"timeout": "3.5s"}, WaitOperationRequest).timeout == "3.5s"
    for wrong in ("3.5", "s", "xs", 3):
        with pytest.raises(GoogleError):
            decoded(name, {"timeout": wrong}, WaitOperationRequest)


def test_every_error_has_a_code() -> None:
    for error in table():
        assert error.code and status_of_class(error) in CanonicalCode


def status_of_class(error: type[SteleError]) -> CanonicalCode:
    details = re.findall(r"\{(\w+)\}", error.__doc__ or "")
    return status_of(error(**dict.fromkeys(details, "x"))).code


@pytest.mark.parametrize(
    ("hints", "languages"),
    [
        ([], ()),
        (["en", "de", "EN"], ("en", "de")),
        (["iw", "zh", "zh-Hant-HK", "ru-PETR1708"], ("he", "zh-Hans", "zh-Hant", "ru")),
        (["en-t-i0-handwrit"], ("en",)),
        (["ace", "haw"], ()),
        (["udm"], ("ru",)),
        (["sr-Latn", "pt-PT"], ("sr-Latn", "pt")),
    ],
)
def test_hints(hints: list[str], languages: tuple[str, ...]) -> None:
    assert languages_of(hints) == languages


def test_hints_that_are_none() -> None:
    for wrong in ("klingon", "12", "t-i0-handwrit"):
        with pytest.raises(UnknownLanguage):
            languages_of([wrong])


def test_duplicates_of_a_feature_are_answered_once() -> None:
    wants = wants_of(
        [FeatureRequest(type="LABEL_DETECTION", max_results=3), FeatureRequest(type="LABEL_DETECTION")], ImageContext()
    )
    assert wants.features == ("LABEL_DETECTION",) and [*wants.max_results.values()] == [10]


@pytest.mark.parametrize(
    ("given_", "name", "project"),
    [
        ("", "projects/own", "own"),
        ("bare", "projects/bare", "bare"),
        ("projects/p", "projects/p", "p"),
        ("projects/p/locations/eu", "projects/p/locations/eu", "p"),
        ("what/ever", "projects/own", "own"),
    ],
)
def test_parents(given_: str, name: str, project: str) -> None:
    assert parent_of(given_, "own") == (name, project)


@pytest.mark.parametrize(
    ("uri", "bucket", "prefix"),
    [("gs://b", "b", ""), ("gs://b/", "b", ""), ("s3://b/a/c", "b", "a/c"), ("gs://b/a/", "b", "a/")],
)
def test_outputs(uri: str, bucket: str, prefix: str) -> None:
    output = output_of(OutputConfig(gcs_destination=GcsDestination(uri=uri)))
    assert (output.bucket, output.prefix) == (bucket, prefix)


def test_names_of_operations() -> None:
    jobs = [new_operation_job() for _ in range(1000)]
    assert len({*jobs}) == 1000 and jobs == sorted(jobs)
    for job in jobs:
        number = operation_id(job)
        assert len(number) == 16 and is_operation(job)
        assert job_of_operation(f"projects/p/locations/l/operations/{number}") == job
    assert not is_operation(new_job_id())


def test_operations_that_begin_at_the_same_moment_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared id would mix the jobs of two projects."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_750_000_000_000_000_000)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_operation_job(), range(2000)))
    assert len({operation_id(job)[:15] for job in made}) == 2000, "by their time alone"
    assert all(job_of_operation(f"operations/{operation_id(job)}") == job for job in made)


EU = "projects/p/locations/l"


@pytest.mark.parametrize(
    ("verb", "path", "method", "fields"),
    [
        ("POST", "images:annotate", "BatchAnnotateImages", {}),
        ("POST", "projects/p/files:annotate", "BatchAnnotateFiles", {"parent": "projects/p"}),
        ("POST", f"{EU}/images:asyncBatchAnnotate", "AsyncBatchAnnotateImages", {"parent": EU}),
        ("GET", "operations/1", "GetOperation", {"name": "operations/1"}),
        ("GET", "projects/p/locations/l/operations/1", "GetOperation", {"name": "projects/p/locations/l/operations/1"}),
        ("DELETE", "projects/p/operations/1", "DeleteOperation", {"name": "projects/p/operations/1"}),
        ("POST", "operations/1:cancel", "CancelOperation", {"name": "operations/1"}),
        ("POST", "projects/p/operations/1:wait", "WaitOperation", {"name": "projects/p/operations/1"}),
        ("GET", "operations", "ListOperations", {"name": "operations"}),
        ("GET", "operations/operations", "ListOperations", {"name": "operations"}),
        ("GET", "projects/p/operations", "ListOperations", {"name": "projects/p"}),
        ("GET", "projects/p/locations/l", "ListOperations", {"name": "projects/p/locations/l"}),
        ("GET", "project-id", "ListOperations", {"name": "project-id"}),
    ],
)  # fmt: skip
def test_addresses(verb: str, path: str, method: str, fields: dict[str, str]) -> None:
    target = target_of(verb, path, {"alt": "json", "$alt": "json;enum-encoding=int"})
    assert target.method.endswith(f"/{method}") and target.fields == fields


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "images:annotate/x"),
        ("POST", "operations"),
        ("POST", "operations/1"),
        ("GET", "operations/1:cancel"),
        ("GET", ""),
        ("PATCH", "operations/1"),
    ],
)  # fmt: skip
def test_addresses_that_are_not(verb: str, path: str) -> None:
    with pytest.raises(GoogleError) as caught:
        target_of(verb, path, {})
    assert caught.value.code is CanonicalCode.NOT_FOUND
