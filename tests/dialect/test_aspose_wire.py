"""Raw HTTP: paths, content types to the letter, states, errors, tenants."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.dialect.aspose_live import Aspose, encoded, line
from tests.dialect.live import Live, serving

from stele.dialects.aspose.operations import OPERATIONS
from stele.settings import Settings

OPERATION = "RecognizeImage"
UNKNOWN = "48d50d5b-8ec3-4a8b-8403-e8cfa976f3ad"


@pytest.fixture
def patient(tmp_path: Path) -> Aspose:
    """A server of this test alone, without workers, that does not hold calls."""
    settings = Settings(data=str(tmp_path), grpc_port=0, aspose_hold_seconds=0.1, aspose_anonymous_status=True)
    with serving(settings) as live:
        yield Aspose(live, "papers")


def empty(status: str, code: str, task: str) -> dict[str, Any]:
    return {"id": task, "taskStatus": status, "responseStatusCode": code, "results": [], "error": None}


def test_an_id_is_plain_text_and_an_answer_json_to_the_letter(aspose: Aspose, readers: None) -> None:
    body = {"image": encoded(line())}
    posted = aspose.http.post(OPERATION, json=body, headers={"accept": "application/json"})
    assert (posted.status_code, posted.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", posted.text)
    got = aspose.http.get(OPERATION, params={"id": posted.text, "_": "1"}, headers={"accept": "text/plain"})
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert list(got.json()) == ["id", "taskStatus", "responseStatusCode", "results", "error"]
    status = aspose.http.get("Utilities/GetTaskStatus", params={"id": posted.text})
    assert status.headers["content-type"] == "application/json; charset=utf-8"
    assert status.json() == {**empty("Completed", "Ok", posted.text), "results": None}
    gone = aspose.http.delete(OPERATION, params={"id": posted.text})
    assert (gone.status_code, gone.content) == (200, b"")
    assert aspose.get(OPERATION, posted.text)["taskStatus"] == "NotExist"


def test_ids_are_understood_in_any_case_and_with_quotes(patient: Aspose) -> None:
    task = patient.post(OPERATION, line())
    for spelled in (task.upper(), f'"{task}"', f" {task} "):
        assert patient.status(spelled)["taskStatus"] == "Pending"
    spoken = patient.http.post("ConvertTextToSpeech", json={"text": "Hello"}).text
    assert re.fullmatch(r"TTS[0-9a-f]{5}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", spoken)
    for spelled in (spoken, spoken.lower()):
        assert patient.status(spelled)["taskStatus"] == "Pending"


@pytest.mark.parametrize(
    "prefix",
    ["/v5.0/ocr/", "/V5.0/OCR/", "/v5.0/", "/", "/v5.0/ocr/v5.0/ocr/", "/v5/ocr/", "/v5/", "/v5.1/ocr/", "/v5.1/"],
)
def test_every_path_that_clients_use(patient: Aspose, prefix: str) -> None:
    headers = dict(patient.http.headers)
    for name in (OPERATION, OPERATION.lower()):
        answer = patient.bare.post(prefix + name, json={"image": encoded(line())}, headers=headers)
        assert answer.status_code == 200, (prefix, answer.text)
    asked = patient.bare.get(f"{prefix}utilities/gettaskstatus?ID={answer.text}", headers=headers)
    assert asked.json()["taskStatus"] == "Pending"


def test_unknown_paths_and_wrong_methods(patient: Aspose) -> None:
    for path in ("/v5.0/ocr/Nothing", "/v5.0", "/v5.0/ocr"):
        answer = patient.bare.post(path, headers=dict(patient.http.headers))
        assert (answer.status_code, answer.content) == (404, b"")
    answer = patient.http.put(OPERATION)
    assert (answer.status_code, answer.content, answer.headers["allow"]) == (405, b"", "POST, GET, DELETE")
    assert patient.http.post("Utilities/GetTaskStatus").headers["allow"] == "GET"


def test_states_until_the_end(patient: Aspose) -> None:
    task = patient.post(OPERATION, line())
    started = time.monotonic()
    assert patient.get(OPERATION, task) == empty("Pending", "NotReady", task)
    assert time.monotonic() - started >= 0.1
    lease = patient.core.store.claim("worker", 60)
    assert lease is not None
    assert patient.get(OPERATION, task) == empty("Processing", "NotReady", task)
    assert patient.status(task) == {**empty("Processing", "NotReady", task), "results": None}
    patient.http.delete(OPERATION, params={"id": task})
    gone = patient.get(OPERATION, task)
    assert (gone["taskStatus"], gone["responseStatusCode"], gone["results"]) == ("NotExist", "TaskNotFound", [])
    assert gone["error"]["messages"] and gone["error"]["warnings"] == []
    assert patient.http.delete(OPERATION, params={"id": task}).status_code == 200
    assert patient.get(OPERATION, UNKNOWN)["taskStatus"] == "NotExist"


def test_a_call_is_held_until_the_end(aspose: Aspose, readers: None) -> None:
    task = aspose.post(OPERATION, line())
    assert aspose.get(OPERATION, task)["taskStatus"] == "Completed"


def test_bytes_that_nobody_can_read_are_taken_and_fail(aspose: Aspose, readers: None) -> None:
    for image in (b"this is no image", b"\x89PNG\r\n\x1a\n nor this", b"%PDF-1.7 nor this"):
        answer = aspose.get(OPERATION, aspose.post(OPERATION, image))
        assert (answer["taskStatus"], answer["responseStatusCode"], answer["results"]) == ("Error", "Error", [])
        assert answer["error"]["messages"][0] and answer["error"]["warnings"] == []


def test_results_stay_a_day_from_the_request(aspose: Aspose, readers: None, aspose_settings: Settings) -> None:
    task = aspose.post(OPERATION, line())
    aspose.get(OPERATION, task)
    job = aspose.core.store.job(aspose.principal.project, task)
    assert job is not None and job.expires_at is not None
    assert job.expires_at == pytest.approx(job.created_at + 86_400, abs=1e-3)
    with sqlite3.connect(Path(aspose_settings.data) / "stele.db") as store:
        store.execute("UPDATE jobs SET expires_at = created_at WHERE id = ?", (task,))
    store.close()
    assert aspose.get(OPERATION, task)["taskStatus"] == "NotExist"
    assert aspose.status(task)["taskStatus"] == "NotExist"


def test_results_that_are_gone_from_the_disk(aspose: Aspose, readers: None) -> None:
    task = aspose.post(OPERATION, line())
    aspose.get(OPERATION, task)
    aspose.core.blobs.delete_folder(task)
    answer = aspose.get(OPERATION, task)
    assert (answer["taskStatus"], answer["responseStatusCode"]) == ("Completed", "ResultDataLost")
    assert answer["results"] == [] and answer["error"]["messages"]


def test_tasks_belong_to_their_project(aspose: Aspose, aspose_live: Live) -> None:
    task = aspose.post(OPERATION, line())
    stranger = Aspose(aspose_live, "stranger")
    assert stranger.get(OPERATION, task)["taskStatus"] == "NotExist"
    assert stranger.status(task)["taskStatus"] == "NotExist"
    stranger.http.delete(OPERATION, params={"id": task})
    assert aspose.status(task)["taskStatus"] != "NotExist"


def test_who_may_ask_without_a_token(aspose: Aspose, patient: Aspose) -> None:
    task = patient.post(OPERATION, line())
    asked = f"/v5.0/ocr/Utilities/GetTaskStatus?id={task}"
    assert patient.bare.get(asked).json()["taskStatus"] == "Pending"
    assert patient.bare.get(f"/v5.0/ocr/Utilities/GetTaskStatus?id={UNKNOWN}").json()["taskStatus"] == "NotExist"
    assert patient.bare.get(asked, headers={"authorization": "Bearer no"}).status_code == 401
    assert patient.bare.get(f"/v5.0/ocr/{OPERATION}?id={task}").status_code == 401
    assert patient.bare.post("/v5.0/ocr/RecognizeImageTrial", json={"image": encoded(line())}).status_code == 401
    # With a project for them, trials need no token, and do not mind one that is wrong.
    for headers in ({}, {"authorization": "Bearer no"}, dict(aspose.http.headers)):
        body = {"image": encoded(line())}
        assert aspose.bare.post("/v5.0/ocr/RecognizeImageTrial", json=body, headers=headers).status_code == 200
    assert aspose.bare.get(f"/v5.0/ocr/Utilities/GetTaskStatus?id={UNKNOWN}").status_code == 401


def test_without_a_token(aspose: Aspose) -> None:
    for name in (*OPERATIONS, "IdentifyFont"):
        if not name.endswith("Trial"):
            answer = aspose.bare.post(f"/v5.0/ocr/{name}", json={})
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json() == {
                "type": "https://tools.ietf.org/html/rfc7235#section-3.1",
                "title": "Unauthorized",
                "status": 401,
                "detail": None,
                "instance": None,
            }


def problem(answer: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status and body["title"]
    return body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"no json", "$"),
        (b"[1]", "$"),
        (b"{}", "image"),
        (b'{"image": ""}', "image"),
        (b'{"image": null}', "image"),
        (b'{"image": 7}', "image"),
        (b'{"image": "%%%"}', "image"),
        (b'{"image": "QUJ"}', "image"),
        (b'{"image": "QUJD", "settings": 1}', "settings"),
        (b'{"image": "QUJD", "settings": {"language": "Klingon"}}', "settings.language"),
        (b'{"image": "QUJD", "settings": {"resultType": "Docx"}}', "settings.resulttype"),
        (b'{"image": "QUJD", "settings": {"resultTypeTable": "Xlsx"}}', "settings.resulttypetable"),
        (b'{"image": "QUJD", "settings": {"dsrMode": "None"}}', "settings.dsrmode"),
        (b'{"image": "QUJD", "settings": {"dsrConfidence": "None"}}', "settings.dsrconfidence"),
        (b'{"image": "QUJD", "settings": {"makeBinarization": "true"}}', "settings.makebinarization"),
        (b'{"image": "QUJD", "settings": {"rotate": 1.5}}', "settings.rotate"),
    ],
)
def test_what_is_not_valid(aspose: Aspose, body: bytes, field: str) -> None:
    found = problem(aspose.http.post(OPERATION, content=body))
    assert list(found["errors"]) == [field] and found["errors"][field][0]
    assert found["title"] == "One or more validation errors occurred."


def test_regions_that_are_not_valid(aspose: Aspose) -> None:
    for regions, field in (([{}], "regions[0].rect"), ([{"rect": {"topLeftX": "1"}}], "regions[0].rect.topleftx")):
        body = {"image": "QUJD", "settings": {"regions": regions}}
        assert list(problem(aspose.http.post("RecognizeRegions", json=body))["errors"]) == [f"settings.{field}"]


def test_calls_without_an_id(aspose: Aspose) -> None:
    for method in ("GET", "DELETE"):
        assert list(problem(aspose.http.request(method, OPERATION))["errors"]) == ["id"]
    assert list(problem(aspose.http.get("Utilities/GetTaskStatus?id="))["errors"]) == ["id"]


def test_bodies_that_are_understood_all_the_same(patient: Aspose) -> None:
    image = encoded(line())
    bodies = (
        f'{{"Image": "{image}", "SETTINGS": {{"Language": "hwt_eng", "Rotate": 0, "resulttype": "TEXTANDPDF",}},}}',
        f'{{"image": "data:image/png;base64,{image}", "settings": null, "makeDewarping": true}}',
        f'{{"image": "{image[:50]}\\n{image[50:]}", "settings": {{"language": null, "regions": null}}}}',
    )
    for body in bodies:
        answer = patient.http.post(OPERATION, content=body.encode())
        assert answer.status_code == 200, answer.text


def test_fonts_are_not_told_apart(aspose: Aspose) -> None:
    answer = problem(aspose.http.post("IdentifyFont", json={"image": encoded(line())}), 501)
    assert "not offered" in answer["detail"]


def test_limits(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path), grpc_port=0, max_message_bytes=2_000, requests_per_second=5, jobs_at_once=1)
    with serving(settings) as live:
        aspose = Aspose(live, "small")
        assert problem(aspose.http.post(OPERATION, json={"image": "QUJD" * 1_000}), 413)["detail"]
        tiny = b"P5 1 1 255 \xff"
        aspose.post(OPERATION, tiny)
        busy = aspose.http.post(OPERATION, json={"image": encoded(tiny)})
        assert problem(busy, 429)["detail"] and busy.headers["retry-after"]
        answers = [aspose.http.get("Utilities/GetTaskStatus?id=1") for _ in range(20)]
        assert problem(answers[-1], 429)["detail"]
