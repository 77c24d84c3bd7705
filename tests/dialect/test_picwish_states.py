"""The way of a task, state by state, and every code below zero that this server sends, provoked."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pytest
from tests.dialect.google_live import pdf as born_digital
from tests.dialect.google_live import picture
from tests.dialect.live import PNG, Live, Worker, pdf
from tests.dialect.picwish_live import Picwish, site

from stele.adapters.dispatch import work
from stele.dialects.picwish.errors import CODES, PUBLISHING_CODES, code_of
from stele.domain import errors
from stele.domain.errors import StorageFull
from stele.domain.job import UnitKind
from stele.service import control, query
from stele.service.access import KeySet
from stele.service.records import Lease

MEGABYTE = 1024 * 1024


@pytest.fixture
def stepped(live: Live, keys: KeySet) -> Picwish:
    """A server without workers: the test does what they would."""
    return Picwish(live, keys)


@pytest.fixture
def picwish(google_live: Live) -> Picwish:
    return Picwish(google_live)


def claimed(picwish: Picwish, kind: UnitKind) -> Lease:
    lease = picwish.core.store.claim("worker", 60)
    assert lease is not None and lease.kind is kind and lease.project == picwish.principal.project
    return lease


def test_a_task_goes_through_all_its_states(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(8), format="pdf")
    data = stepped.told(task)
    created = data["created_at"]
    assert abs(int(created) - time.time()) < 60
    assert data == {
        "task_id": task, "created_at": created, "processed_at": "0", "completed_at": "0", "file": "", "progress": 0,
        "state": 0, "state_detail": "Queued", "message": "success",
    }  # fmt: skip

    def seen() -> tuple[int, int]:
        data = stepped.told(task)
        assert int(data["processed_at"]) >= int(created)
        assert data["completed_at"] == "0" and data["file"] == "" and data["message"] == "success"
        return data["state"], data["progress"]

    lease = claimed(stepped, UnitKind.PREPARE)
    assert seen() == (2, 5)
    worker._done(lease)
    assert seen() == (3, 10)
    lease = claimed(stepped, UnitKind.READ)
    assert seen() == (4, 10)
    worker._done(lease)
    assert seen() == (4, 50)
    worker.step()
    assert seen() == (5, 95)
    worker.step()
    data = stepped.told(task)
    assert (data["state"], data["progress"], data["message"], data["state_detail"]) == (1, 100, "success", "Complete")
    assert int(created) <= int(data["processed_at"]) <= int(data["completed_at"])
    assert f"{task}/result.pdf?" in data["file"]
    assert stepped.told(task) == data, "the address of the result stays the same"


def test_pages_that_are_read_but_not_stored_count_as_progress(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(4))
    worker.step()
    lease = claimed(stepped, UnitKind.READ)
    worker.tell(lease, 3)
    until = time.monotonic() + 5
    while stepped.told(task)["progress"] != 70:
        assert time.monotonic() < until
        time.sleep(0.01)


def failed(data: dict[str, Any], state: int, said: str) -> None:
    assert (data["state"], data["file"]) == (state, ""), data
    assert said in data["message"], data["message"]
    assert 0 <= data["progress"] < 100
    assert int(data["created_at"]) <= int(data["processed_at"]) <= int(data["completed_at"])


def test_a_file_without_text_is_an_empty_result(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(2, "lines=0"))
    worker.drain()
    failed(stepped.told(task), -11, "No text was found")


def test_pages_that_fail_cost_the_others_nothing(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(3, "fail=2"))
    worker.drain()
    data = stepped.told(task)
    assert (data["state"], data["message"]) == (1, "success")
    text = stepped.http.get(data["file"]).text
    assert "Page 1 of nothing" in text and "Page 3 of nothing" in text and "Page 2 of nothing" not in text


def test_pages_that_all_fail_are_a_bad_file(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(2, "fail=1", "fail=2"))
    worker.drain()
    failed(stepped.told(task), -7, "is damaged")


@pytest.mark.parametrize("began", [False, True])
def test_a_cancelled_task_says_so(stepped: Picwish, worker: Worker, *, began: bool) -> None:
    task = stepped.created(pdf(2))
    if began:
        worker.step()
        claimed(stepped, UnitKind.READ)
    control.cancel(stepped.core, stepped.principal, task)
    failed(stepped.told(task), -13, "cancelled")


def test_work_that_takes_too_long_is_a_timeout_and_waiting_is_not(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(pdf(2))
    waiting = stepped.created(pdf(2))
    worker.step()
    claimed(stepped, UnitKind.PREPARE)
    job = query.get_job(stepped.core, stepped.principal, task)
    assert job.options.max_seconds == 180
    stepped.core.store.end_overdue(1000)
    time.sleep(0.01)
    stepped.core.store._db.write(  # type: ignore[attr-defined]
        lambda session: session._connection.exec_driver_sql(
            "UPDATE jobs SET worked_seconds = 179.9, worked_at = clock() - 1"
        )
    )
    control.end_overdue(stepped.core, 1000)
    failed(stepped.told(waiting), -8, "took longer than 180 s")
    assert stepped.told(task)["state"] == 3, "of this one no unit is worked on"


@pytest.mark.parametrize(
    ("made", "fields", "said"),
    [
        (lambda: b"plain words, and no document at all", {}, "none of the supported formats"),
        (lambda: b"PK\3\4 not really a docx", {}, "none of the supported formats"),
        (lambda: picture("JPEG")[:300], {}, "damaged"),
        (lambda: born_digital(1)[:200], {}, "damaged"),
        (lambda: encrypted("secret"), {}, "is encrypted"),
        (lambda: encrypted("secret"), {"password": "wrong"}, "does not open"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("workers")
def test_bad_files(picwish: Picwish, made: Callable[[], bytes], fields: dict[str, str], said: str) -> None:
    failed(picwish.ended(picwish.created(made(), **fields)), -7, said)


@pytest.mark.usefixtures("workers")
def test_the_largest_picture_and_a_password_that_opens(picwish: Picwish) -> None:
    tasks = [
        picwish.created(picture(size=(32_512, 2))),
        picwish.created(encrypted("p" * 32), password="p" * 32),
    ]
    assert [picwish.ended(task)["state"] for task in tasks] == [1, 1]


def encrypted(password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(born_digital(1))) as document:
        document.save(out, encryption=pikepdf.Encryption(user=password, owner=password))
    return out.getvalue()


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    large = picture() + bytes(30 * MEGABYTE - len(picture()))
    pages: dict[str, bytes | int | str] = {
        "/scan%20of%20mine.png?a=1&b=%C3%A9": picture(),
        "/just/sized": large,
        "/just": large,
        "/over/sized": large + b"x",
        "/over": large + b"x",
        "/moved": "/just",
        "/forbidden": "http://10.0.0.1/",
        "/private": 403,
        "/html": b"plain words",
    }
    with site(pages) as address:
        yield address


@pytest.mark.parametrize("path", ["/scan%20of%20mine.png?a=1&b=%C3%A9", "/just/sized", "/just", "/moved"])
@pytest.mark.usefixtures("workers")
def test_addresses_are_fetched(picwish: Picwish, documents: str, path: str) -> None:
    data = picwish.ended(picwish.created(image_url=documents + path))
    assert data["state"] == 1, data
    assert picwish.http.get(data["file"]).text == "page 1 of null engine\n\f"


@pytest.mark.parametrize(
    ("path", "state", "said"),
    [
        ("/nothing", -3, "404"),
        ("/private", -3, "403"),
        ("/forbidden", -3, "redirects to another address"),
        ("/over/sized", -5, "31457281 bytes; the limit is 31457280"),
        ("/over", -5, "more than 31457280"),
        ("/html", -7, "none of the supported formats"),
    ],
)
@pytest.mark.usefixtures("workers")
def test_addresses_that_give_nothing(picwish: Picwish, documents: str, path: str, state: int, said: str) -> None:
    failed(picwish.ended(picwish.created(image_url=documents + path)), state, said)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "http://does-not-exist.invalid/x.png"])
@pytest.mark.usefixtures("workers")
def test_servers_that_are_not_there(picwish: Picwish, address: str) -> None:
    failed(picwish.ended(picwish.created(image_url=address)), -3, "")


def _raising(error: type[BaseException]) -> Callable[..., Any]:
    def raising(*_: object, **__: object) -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    ("function", "error", "state", "said"),
    [
        ("write", StorageFull, -2, "storage is full"),
        ("write", RuntimeError, -2, "Something went wrong"),
        ("look", MemoryError, -15, "needed more memory"),
        ("look", RuntimeError, -1, "Something went wrong"),
        ("open_document", StorageFull, -15, "storage is full"),
    ],
)
@pytest.mark.usefixtures("workers")
def test_what_goes_wrong_here(
    picwish: Picwish, monkeypatch: pytest.MonkeyPatch, function: str, error: type[BaseException], state: int, said: str
) -> None:
    monkeypatch.setattr(work, function, _raising(error))
    failed(picwish.ended(picwish.created(born_digital(1), format="docx")), state, said)


def test_every_error_has_a_code_and_only_known_ones_are_sent() -> None:
    known = {-1, -2, -3, -5, -7, -8, -13, -14, -15}
    sent = {
        code_of(errors.Failure(code=error.code, message=""), codes)
        for error in errors.table()
        for codes in (CODES, PUBLISHING_CODES)
    }
    assert sent == known
    assert code_of(errors.Failure(code="of a later version", message="")) == -1


def test_a_picture_that_nobody_could_decode_is_admitted_and_fails(stepped: Picwish, worker: Worker) -> None:
    task = stepped.created(PNG, name="../../etc/passwd")
    assert query.get_job(stepped.core, stepped.principal, task).items[0].name == "passwd"
    assert stepped.told(task)["state"] == 0
