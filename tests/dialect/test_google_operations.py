"""Asynchronous calls over REST: what they write, what becomes of them, and `google.longrunning.Operations`."""

from __future__ import annotations

import base64
import json
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import vision
from google.longrunning import operations_pb2
from tests.dialect.google_live import TEXT, Google, pdf, picture, working
from tests.dialect.live import Live, serving

from stele.adapters.store.jobs import JobQueries
from stele.service.access import create_keys
from stele.service.records import JobFilter, NewJob, Submitted
from stele.settings import Settings

PDF = "application/pdf"
OPERATION = "type.googleapis.com/google.cloud.vision.v1"


def file_request(uri: str, destination: str, size: int = 0, mime_type: str = PDF, **fields: Any) -> dict[str, Any]:
    """In snake_case, as the Distributed Cloud guide writes it."""
    return {
        "features": [TEXT],
        "input_config": {"gcs_source": {"uri": uri}, "mime_type": mime_type},
        "output_config": {"gcs_destination": {"uri": destination}, **({"batch_size": size} if size else {})},
        **fields,
    }


def image_batch(uris: list[str], destination: str, size: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "requests": [{"image": {"source": {"imageUri": uri}}, "features": [TEXT]} for uri in uris],
        "outputConfig": {"gcsDestination": {"uri": destination}, **({"batchSize": size} if size else {})},
        **fields,
    }


def call(google: Google, path: str, body: object = None, *, method: str = "POST", status: int = 200) -> dict[str, Any]:
    with google.http() as http:
        answer = http.request(method, f"/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def waited(google: Google, name: str) -> dict[str, Any]:
    """The operation when it is done."""
    for _ in range(10):
        found = call(google, f"{name}:wait", {"timeout": "20s"})
        if found.get("done"):
            return found
    raise AssertionError(found)


def files(google: Google, *requests: object, **fields: object) -> dict[str, Any]:
    return waited(google, call(google, "files:asyncBatchAnnotate", {"requests": requests, **fields})["name"])


def shard(google: Google, name: str) -> dict[str, Any]:
    return json.loads((google.folder / name).read_text())


class TestWorking:
    pytestmark = pytest.mark.usefixtures("workers")

    def test_a_file_of_five_pages_in_batches_of_two(self, google: Google) -> None:
        uri = google.put("in/report.pdf", pdf(5))
        destination = f"gs://{google.bucket}/out/"
        request = vision.AsyncAnnotateFileRequest(
            features=[vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)],
            input_config=vision.InputConfig(gcs_source=vision.GcsSource(uri=uri), mime_type=PDF),
            output_config=vision.OutputConfig(gcs_destination=vision.GcsDestination(uri=destination), batch_size=2),
        )
        operation = google.client().async_batch_annotate_files(requests=[request])
        result = operation.result(timeout=60)
        assert result.responses[0].output_config.gcs_destination.uri == destination
        assert operation.metadata.state.name == "DONE"
        assert google.written("out") == ["output-1-to-2.json", "output-3-to-4.json", "output-5-to-5.json"]
        last = shard(google, "out/output-5-to-5.json")
        assert last["inputConfig"] == {"gcsSource": {"uri": uri}, "mimeType": PDF} and last["totalPages"] == 5
        (page,) = last["responses"]
        assert page["context"] == {"uri": uri, "pageNumber": 5}
        assert page["fullTextAnnotation"]["text"] == "This is page 5 of the report.\n"
        assert vision.AnnotateFileResponse.from_json(json.dumps(last)).total_pages == 5

    def test_names_are_put_behind_the_address_as_it_is(self, google: Google) -> None:
        uri = google.put("a.pdf", pdf(25))
        operation = files(google, file_request(uri, f"s3://{google.bucket}/jsons/out_2014"))
        assert google.written("jsons") == ["out_2014output-1-to-20.json", "out_2014output-21-to-25.json"]
        echoed = operation["response"]["responses"][0]["outputConfig"]
        assert echoed == {"gcsDestination": {"uri": f"s3://{google.bucket}/jsons/out_2014"}}
        files(google, file_request(uri, f"gs://{google.bucket}", size=100))
        assert (google.folder / "output-1-to-25.json").exists()

    def test_each_file_has_its_own_output(self, google: Google) -> None:
        other = Google(google.live, google.folder.parent / "elsewhere", google.principal.project[:-1])
        uris = [google.put(f"{count}.pdf", pdf(count)) for count in (1, 2)]
        operation = files(
            google,
            file_request(uris[0], f"gs://{google.bucket}/one/"),
            file_request(uris[1], f"gs://{google.bucket}/two/", size=1),
        )
        assert google.written("one") == ["output-1-to-1.json"]
        assert google.written("two") == ["output-1-to-1.json", "output-2-to-2.json"]
        assert [one["outputConfig"].get("batchSize") for one in operation["response"]["responses"]] == [None, 1]
        denied = files(
            google,
            file_request(uris[0], f"gs://{google.bucket}/three/"),
            file_request(uris[1], f"gs://{other.bucket}/"),
        )
        assert denied["error"]["code"] == 7
        assert denied["error"]["message"].startswith(f"Error writing final output to: gs://{other.bucket}/")

    def test_images(self, google: Google) -> None:
        uris = [google.put(f"{number}.png", picture()) for number in range(3)]
        destination = f"gs://{google.bucket}/offline/"
        name = call(google, "images:asyncBatchAnnotate", image_batch(uris, destination, 2))["name"]
        operation = waited(google, name)
        assert operation["response"] == {
            "@type": f"{OPERATION}.AsyncBatchAnnotateImagesResponse",
            "outputConfig": {"gcsDestination": {"uri": destination}, "batchSize": 2},
        }
        assert google.written("offline") == ["output-1-to-2.json", "output-3-to-3.json"]
        (third,) = shard(google, "offline/output-3-to-3.json")["responses"]
        assert third["context"] == {"uri": uris[2]}
        assert third["textAnnotations"][0]["description"] == third["fullTextAnnotation"]["text"]

    def test_ten_images_of_which_three_cannot_be_had(self, google: Google) -> None:
        theirs = Google(google.live, google.folder.parent / "theirs", f"x{google.principal.project}")
        uris = [google.put(f"{number}.png", picture()) for number in range(7)]
        uris.insert(1, google.put("corrupt.png", b"\x89PNG\r\n\x1a\n"))
        uris.insert(3, f"gs://{google.bucket}/missing.png")
        uris.insert(5, theirs.put("a.png", picture()))
        name = call(google, "images:asyncBatchAnnotate", image_batch(uris, f"gs://{google.bucket}/ten/"))["name"]
        assert "response" in waited(google, name), "the operation succeeds"
        responses = shard(google, "ten/output-1-to-10.json")["responses"]
        assert [one["context"]["uri"] for one in responses] == uris
        errors = {index: one["error"] for index, one in enumerate(responses) if "error" in one}
        assert {index: error["code"] for index, error in errors.items()} == {1: 3, 3: 5, 5: 7}
        assert errors[1]["message"] == "Bad image data."
        assert errors[5]["message"] == f"Error opening file: {uris[5]}."
        assert sum("fullTextAnnotation" in one for one in responses) == 7

    def test_images_of_which_none_can_be_had(self, google: Google) -> None:
        uris = [f"gs://{google.bucket}/missing-{number}.png" for number in range(2)]
        name = call(google, "images:asyncBatchAnnotate", image_batch(uris, f"gs://{google.bucket}/none"))["name"]
        assert "response" in waited(google, name)
        responses = shard(google, "noneoutput-1-to-2.json")["responses"]
        assert [one["error"]["code"] for one in responses] == [5, 5]

    def test_images_want_different_things(self, google: Google) -> None:
        uris = [google.put(f"{number}.png", picture()) for number in range(3)]
        body = image_batch(uris, f"gs://{google.bucket}/wants/")
        body["requests"][1]["features"] = [{"type": "IMAGE_PROPERTIES"}]
        body["requests"][2]["features"] = [{"type": "LABEL_DETECTION"}]
        waited(google, call(google, "images:asyncBatchAnnotate", body)["name"])
        first, second, third = shard(google, "wants/output-1-to-3.json")["responses"]
        assert {*first} == {"textAnnotations", "fullTextAnnotation", "context"}
        assert {*second} == {"imagePropertiesAnnotation", "cropHintsAnnotation", "context"}
        assert {*third} == {"error", "context"}

    @pytest.mark.parametrize("method", ["files", "images"])
    def test_an_output_that_may_not_be_written(self, google: Google, method: str) -> None:
        destination = "gs://nobody-has-it/out/"
        if method == "files":
            operation = files(google, file_request(google.put("a.pdf", pdf(1)), destination))
        else:
            body = image_batch([google.put("a.png", picture())], destination)
            operation = waited(google, call(google, "images:asyncBatchAnnotate", body)["name"])
        assert operation["error"]["code"] == 7 and operation["metadata"]["state"] == "DONE"
        assert operation["error"]["message"].startswith(f"Error writing final output to: {destination}")
        assert "response" not in operation

    def test_files_that_cannot_be_read(self, google: Google) -> None:
        destination = f"gs://{google.bucket}/bad/"
        for data, said in ((b"rubbish", "none of the supported formats"), (pdf(1)[:200], "damaged")):
            operation = files(google, file_request(google.put("bad.pdf", data), destination))
            assert operation["error"]["code"] == 3 and said in operation["error"]["message"]
        assert google.written("bad") == []

    def test_a_page_with_nothing_on_it(self, google: Google) -> None:
        from reportlab.pdfgen.canvas import Canvas

        path = google.folder / "blank.pdf"
        canvas = Canvas(str(path))
        for text in ("something", None):
            if text:
                canvas.drawString(100, 100, text)
            canvas.showPage()
        canvas.save()
        uri = f"gs://{google.bucket}/blank.pdf"
        files(google, file_request(uri, f"gs://{google.bucket}/blank/"))
        first, second = shard(google, "blank/output-1-to-2.json")["responses"]
        assert "something" in first["fullTextAnnotation"]["text"]
        assert second["context"] == {"uri": uri, "pageNumber": 2}

    def test_the_guide_of_distributed_cloud(self, google: Google) -> None:
        """A bare project id as the parent, and as the address of the list."""
        uri = google.put("a.pdf", pdf(1))
        made = call(
            google,
            "files:asyncBatchAnnotate",
            {"parent": "ocr-async-project", "requests": [file_request(uri, f"gs://{google.bucket}/gdc/")]},
        )
        assert made["name"].startswith("projects/ocr-async-project/operations/")
        waited(google, made["name"])
        listed = call(google, "ocr-async-project?page_size=10", method="GET")["operations"]
        assert [one["name"] for one in listed] == [made["name"]] and listed[0]["done"]


def submitted(google: Google, count: int = 1, **fields: object) -> list[str]:
    """Names of operations, oldest first."""
    uri = google.put("a.pdf", pdf(1))
    body = {"requests": [file_request(uri, f"gs://{google.bucket}/out/")], **fields}
    return [call(google, "files:asyncBatchAnnotate", body)["name"] for _ in range(count)]


def test_an_input_that_cannot_be_had_fails_the_call(google: Google) -> None:
    theirs = Google(google.live, google.folder.parent / "theirs", f"x{google.principal.project}")
    destination = f"gs://{google.bucket}/out/"
    for uri, status in (
        (theirs.put("a.pdf", pdf(1)), 403),
        ("gs://nobody-has-it/a.pdf", 403),
        (f"gs://{google.bucket}/gone.pdf", 404),
    ):
        body = {"requests": [file_request(uri, destination)]}
        answer = call(google, "files:asyncBatchAnnotate", body, status=status)
        assert answer["error"]["message"] == f"Error opening file: {uri}."
    client = google.client()
    with pytest.raises(exceptions.NotFound, match="Error opening file"):
        client.async_batch_annotate_files(
            requests=[
                vision.AsyncAnnotateFileRequest(
                    vision.AsyncAnnotateFileRequest.from_json(json.dumps(body["requests"][0]))
                )
            ]
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_config": {"content": "AAAA", "mime_type": PDF}}, "content is not supported"),
        ({"input_config": {"gcs_source": {"uri": "https://example.com/a"}, "mime_type": PDF}}, "Invalid GCS path"),
        ({"input_config": {"gcs_source": {"uri": "gs://b/a"}, "mime_type": "x/y"}}, "Unsupported input file format"),
        ({"output_config": None}, "gcs_destination.uri must be specified"),
        ({"output_config": {"gcs_destination": {"uri": "/tmp/x"}}}, "Invalid GCS path"),
        ({"output_config": {"gcs_destination": {"uri": "gs://b/"}, "batch_size": 101}}, "batch_size must be between"),
        ({"output_config": {"gcs_destination": {"uri": "gs://b/"}, "batch_size": -1}}, "batch_size must be between"),
        ({"features": [{"type": "LABEL_DETECTION"}]}, "Only TEXT_DETECTION and DOCUMENT_TEXT_DETECTION"),
        ({"image_context": {"language_hints": ["klingon"]}}, "klingon"),
        ({"pages": [1]}, 'Unknown name "pages"'),
    ],
)
def test_files_refused_at_once(google: Google, change: dict[str, Any], said: str) -> None:
    request = file_request(google.put("a.pdf", pdf(1)), f"gs://{google.bucket}/") | change
    told = call(google, "files:asyncBatchAnnotate", {"requests": [request]}, status=400)["error"]
    assert told["status"] == "INVALID_ARGUMENT" and said in told["message"]


def test_images_refused_at_once(google: Google) -> None:
    uri, destination = google.put("a.png", picture()), f"gs://{google.bucket}/"
    content = {**image_batch([uri], destination), "requests": [{"image": {"content": "AAAA"}, "features": [TEXT]}]}
    for body, said in (
        (image_batch([uri], ""), "gcs_destination.uri must be specified"),
        (image_batch([], destination), "Request must specify image and features."),
        (image_batch(["https://example.com/a.png"], destination), "Only images in Cloud Storage"),
        (content, "Only images in Cloud Storage"),
        (image_batch([uri] * 2001, destination), "Too many images"),
    ):
        assert said in call(google, "images:asyncBatchAnnotate", body, status=400)["error"]["message"]
    assert "operations" not in call(google, "operations", method="GET")


def test_names_states_and_all_paths_of_an_operation(google: Google) -> None:
    (name,) = submitted(google, parent="projects/p/locations/eu")
    number = name.rpartition("/")[2]
    assert name == f"projects/p/locations/eu/operations/{number}" and len(number) == 16
    for path in (
        name,
        f"operations/{number}",
        f"projects/p/operations/{number}",
        f"locations/eu/operations/{number}",
        f"projects%2Fp%2Foperations%2F{number}",
    ):
        found = call(google, path, method="GET")
        assert found["name"] == name and "done" not in found
        assert found["metadata"]["@type"] == f"{OPERATION}.OperationMetadata"
        assert found["metadata"]["state"] == "CREATED"
        assert found["metadata"]["createTime"].endswith("Z")
    assert call(google, "operations/0123456789abcdef", method="GET", status=404)["error"]["status"] == "NOT_FOUND"
    assert call(google, "operations/nonsense", method="GET", status=404)


def test_the_path_counts_more_than_the_body(google: Google) -> None:
    uri = google.put("a.pdf", pdf(1))
    body = {"parent": "projects/body", "requests": [file_request(uri, f"gs://{google.bucket}/")]}
    assert call(google, "projects/path/files:asyncBatchAnnotate", body)["name"].startswith("projects/path/operations/")
    assert call(google, "projects/p/locations/l/files:asyncBatchAnnotate", body)["name"].startswith(
        "projects/p/locations/l/operations/"
    )
    del body["parent"]
    own = call(google, "files:asyncBatchAnnotate", body)["name"]
    assert own.startswith(f"projects/{google.principal.project}/operations/")


def test_operations_of_others_are_not_found(google: Google) -> None:
    (name,) = submitted(google)
    stranger = create_keys(google.core, f"y{google.principal.project}")
    with google.http(stranger) as http:
        for method, path in (("GET", name), ("POST", f"{name}:cancel"), ("DELETE", name), ("POST", f"{name}:wait")):
            answer = http.request(method, f"/v1/{path}")
            assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
        assert http.get("/v1/operations").json() == {}
        assert http.get(f"/v1/{name.partition('/operations')[0]}").json() == {}
    assert "done" not in call(google, name, method="GET")


def test_cancelling(google: Google) -> None:
    (name,) = submitted(google)
    operation = google.client().transport.operations_client
    operation.cancel_operation(name)
    found = operation.get_operation(name)
    assert found.done and found.error.code == 1
    assert call(google, name, method="GET")["metadata"]["state"] == "CANCELLED"
    assert call(google, f"{name}:cancel") == {}, "once more has no effect"


def test_deleting_forgets_and_does_not_cancel(google: Google, google_settings: Settings) -> None:
    (name,) = submitted(google)
    assert call(google, name, method="DELETE") == {}
    assert call(google, name, method="GET", status=404)
    assert call(google, "operations", method="GET") == {}
    with working(google.core, google_settings):
        deadline = time.monotonic() + 30
        while not google.written("out") and time.monotonic() < deadline:
            time.sleep(0.05)
    assert google.written("out") == ["output-1-to-1.json"], "it went on all the same"
    (done,) = submitted(google)
    with working(google.core, google_settings):
        waited(google, done)
    assert call(google, done, method="DELETE") == {}
    assert call(google, done, method="DELETE", status=404)


def test_waiting_returns_early(google: Google) -> None:
    (name,) = submitted(google)
    assert "done" not in call(google, f"{name}:wait", {"timeout": "0.1s"})


def test_listing_with_pages(google: Google) -> None:
    names = submitted(google, 5)[::-1]
    client = google.client().transport.operations_client
    listed = list(client.list_operations(f"projects/{google.principal.project}", filter_=""))
    assert [one.name for one in listed] == names, "newest first"
    first = call(google, "operations?pageSize=2", method="GET")
    second = call(google, f"operations?page_size=2&page_token={first['nextPageToken']}", method="GET")
    last = call(google, f"operations?pageSize=2&pageToken={second['nextPageToken']}", method="GET")
    assert [one["name"] for page in (first, second, last) for one in page["operations"]] == names
    assert "nextPageToken" not in last
    for token in ("nonsense", "YWJj", "%00"):
        assert call(google, f"operations?pageToken={token}", method="GET", status=400)
    assert call(google, "operations?returnPartialSuccess=true", method="GET", status=501)


def test_listing_by_place_and_filter(google: Google) -> None:
    (here,) = submitted(google, parent="projects/a/locations/eu")
    (there,) = submitted(google, parent="projects/b")
    call(google, f"{there}:cancel")

    def listed(path: str) -> list[str]:
        return [one["name"] for one in call(google, path, method="GET").get("operations", [])]

    assert listed("projects/a/operations") == listed("projects/a") == listed("a") == [here]
    assert listed("projects/a/locations/eu/operations") == listed("projects/a/locations/eu") == [here]
    assert listed("projects/a/locations/us/operations") == []
    for text, expected in (
        ("done=true", [there]),
        ("done=false", [here]),
        ("NOT done=true", [here]),
        ("metadata.state=CANCELLED", [there]),
        ('state="CREATED" AND done=false', [here]),
        ("done=true AND done=false", []),
        ('metadata.createTime>"2020-01-01T00:00:00Z"', [there, here]),
        ('metadata.createTime<"2020-01-01T00:00:00.123456789Z"', []),
    ):
        assert listed(f"operations?filter={text}".replace(" ", "%20")) == expected, text
    for text in ("colour=red", "done=maybe", "done=true OR done=false", "metadata.createTime>yesterday"):
        assert call(google, f"operations?filter={text}", method="GET", status=400)


def test_a_restart_between_asking_and_reading(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), grpc_port=0)
    with serving(settings) as live:
        google = Google(live, tmp_path / "papers")
        (name,) = submitted(google)
        google.live.core.store.close()
    for _ in range(2):
        with serving(settings) as again:
            revived = _revived(google, again)
            with working(revived.core, settings):
                assert "response" in waited(revived, name)
    assert google.written("out") == ["output-1-to-1.json"]


def _revived(google: Google, live: Live) -> Google:
    google.live, google.address, google.core = live, live.address, live.core
    return google


def test_2000_images(google: Google, google_settings: Settings) -> None:
    uris = [google.put(f"many/{number}.png", picture(size=(20, 20))) for number in range(2000)]
    body = image_batch(uris, f"gs://{google.bucket}/all/", 100)
    name = call(google, "images:asyncBatchAnnotate", body)["name"]
    with working(google.core, google_settings):
        assert "response" in waited(google, name)
    assert len(google.written("all")) == 20
    last = shard(google, "all/output-1901-to-2000.json")["responses"]
    assert len(last) == 100 and last[-1]["context"]["uri"] == uris[-1] and "fullTextAnnotation" in last[-1]


def test_messages_are_googles(google: Google) -> None:
    """What is answered parses as the published messages, nothing unknown in it."""
    from google.protobuf import json_format

    (name,) = submitted(google)
    vision.OperationMetadata()  # the type of the metadata must be known
    with google.http() as http:
        json_format.Parse(http.get(f"/v1/{name}").text, operations_pb2.Operation())
        json_format.Parse(http.get("/v1/operations").text, operations_pb2.ListOperationsResponse())


def test_a_call_that_its_caller_gave_up_is_cancelled(google: Google) -> None:
    """There are no workers here, so nobody would ever answer it."""
    body = {"requests": [{"image": {"content": base64.b64encode(picture()).decode()}, "features": [TEXT]}]}
    with google.http() as http, pytest.raises(httpx.ReadTimeout):
        http.post("/v1/images:annotate", json=body, timeout=0.5)
    mine = JobFilter(project=google.principal.project)
    deadline = time.monotonic() + 10
    while google.core.store.jobs(mine):
        assert time.monotonic() < deadline, "its job is still there"
        time.sleep(0.05)


def test_a_caller_that_leaves_while_submitting_leaves_no_job(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job comes to be after the caller went away: a thread that stores it cannot be called back."""
    entered, stored = threading.Event(), threading.Event()
    submit = JobQueries.submit

    def slowly(store: JobQueries, job: NewJob) -> Submitted:
        entered.set()
        time.sleep(1)
        made = submit(store, job)
        stored.set()
        return made

    monkeypatch.setattr(JobQueries, "submit", slowly)
    body = {"requests": [{"image": {"content": base64.b64encode(picture()).decode()}, "features": [TEXT]}]}
    with google.http() as http, pytest.raises(httpx.ReadTimeout):
        http.post("/v1/images:annotate", json=body, timeout=0.5)
    assert entered.is_set() and not stored.is_set(), "it left too late to show anything"
    assert stored.wait(10)
    mine = JobFilter(project=google.principal.project)
    deadline = time.monotonic() + 10
    while google.core.store.jobs(mine):
        assert time.monotonic() < deadline, "its job is still there"
        time.sleep(0.05)


def test_polling_does_not_read_the_items(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be 2,000, and clients ask every second."""
    names = submitted(google, 2)

    def unwanted(*_: object) -> None:
        raise AssertionError("the items were read")

    monkeypatch.setattr(JobQueries, "job", unwanted)
    monkeypatch.setattr(JobQueries, "jobs", unwanted)
    assert call(google, names[0], method="GET")["metadata"]["state"] == "CREATED"
    assert len(call(google, "operations", method="GET")["operations"]) == 2


@pytest.mark.usefixtures("workers")
def test_features_left_out_of_the_results_are_told_with_the_end(google: Google) -> None:
    uris = [f"gs://{google.bucket}/missing.png", google.put("in/a.png", picture()), google.put("in/b.png", picture())]
    body = image_batch(uris, f"gs://{google.bucket}/partial/")
    for one in body["requests"]:
        one["features"] = [TEXT, {"type": "FACE_DETECTION"}]
    name = call(google, "images:asyncBatchAnnotate", body)["name"]
    waited(google, name)
    with google.http() as http:
        told = http.get(f"/v1/{name}")
        metrics = http.get("/metrics").text
    assert told.json()["done"]
    assert told.headers.get_list("warning") == [
        '299 stele "FACE_DETECTION was left out: it needs a model: stele models pull faces"'
    ]
    assert 'stele_features_unanswered_total{dialect="google",feature="FACE_DETECTION"}' in metrics
    responses = shard(google, "partial/output-1-to-3.json")["responses"]
    assert ["faceAnnotations" in one for one in responses] == [False] * 3
    assert ["fullTextAnnotation" in one for one in responses] == [False, True, True]
