"""Other clients: the discovery client of `google-api-python-client`, and curl as the guides call it."""

from __future__ import annotations

import base64
import importlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from tests.dialect.google_live import Google, pdf, picture

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def service(google: Google) -> Any:
    """It uses the paths with a parent, and names of enums."""
    return build(
        "vision",
        "v1",
        developerKey=google.keys.api_key,
        client_options={"api_endpoint": google.address},
        static_discovery=True,
    )


def polled(get: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An operation when it is done."""
    deadline = time.monotonic() + 30
    while not (found := get()).get("done"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_discovery_images(google: Google, service: Any) -> None:
    body = {
        "requests": [
            {
                "image": {"content": base64.b64encode(picture()).decode()},
                "features": [{"type": "TEXT_DETECTION", "maxResults": 5}],
            }
        ]
    }
    for methods in (service.images(), service.projects().images(), service.projects().locations().images()):
        parent = (
            {}
            if methods._resourceDesc["methods"]["annotate"]["path"] == "v1/images:annotate"
            else {"parent": "projects/p"}
        )
        if "locations" in methods._resourceDesc["methods"]["annotate"]["id"]:
            parent = {"parent": "projects/p/locations/eu"}
        answer = methods.annotate(body=body, **parent).execute()
        assert answer["responses"][0]["fullTextAnnotation"]["text"] == "page 1 of null engine\n"


def test_discovery_files_and_operations(google: Google, service: Any) -> None:
    uri = google.put("a.pdf", pdf(1))
    body = {
        "requests": [
            {
                "inputConfig": {"gcsSource": {"uri": uri}, "mimeType": "application/pdf"},
                "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
                "outputConfig": {"gcsDestination": {"uri": f"gs://{google.bucket}/out/"}, "batchSize": 2},
            }
        ]
    }
    made = service.projects().locations().files().asyncBatchAnnotate(parent="projects/p/locations/eu", body=body)
    name = made.execute()["name"]
    assert name.startswith("projects/p/locations/eu/operations/")
    found = polled(lambda: service.projects().locations().operations().get(name=name).execute())
    assert found["response"]["responses"][0]["outputConfig"]["batchSize"] == 2
    listed = service.operations().list(name="operations", filter="done=true").execute()
    assert [one["name"] for one in listed["operations"]] == [name]
    assert service.operations().cancel(name=f"operations/{name.rpartition('/')[2]}", body={}).execute() == {}
    assert service.operations().delete(name=f"operations/{name.rpartition('/')[2]}").execute() == {}
    with pytest.raises(HttpError) as caught:
        service.projects().locations().operations().get(name=name).execute()
    assert caught.value.resp.status == 404


def test_curl_as_in_the_guide(google: Google) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl (Debian: apt-get install curl)")
    uri = google.put("a.pdf", pdf(2))
    request = {
        "parent": google.principal.project,
        "requests": [
            {
                "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
                "input_config": {"gcs_source": {"uri": uri}, "mime_type": "application/pdf"},
                "output_config": {"gcs_destination": {"uri": f"gs://{google.bucket}/out/"}},
            }
        ],
    }
    token = ["-H", f"Authorization: Bearer {google.keys.bearer_token}"]

    def curl(*arguments: str, body: str | None = None) -> dict[str, Any]:
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-k", *token, *arguments],
            input=body,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    sent = ["--data-binary", "@-", "-H", "Content-Type: application/json"]
    made = curl(*sent, f"{google.address}/v1/files:asyncBatchAnnotate", body=json.dumps(request))
    found = polled(lambda: curl(f"{google.address}/v1/{made['name']}"))
    assert found["response"]["@type"].endswith("AsyncBatchAnnotateFilesResponse")
    listed = curl(f"{google.address}/v1/{google.principal.project}?page_size=10")
    assert [one["name"] for one in listed["operations"]] == [made["name"]]
    assert google.written("out") == ["output-1-to-2.json"]


def test_no_credentials_are_needed_to_build_a_client(google: Google) -> None:
    """The client's documents are on board, so nothing is asked of the network."""
    assert build("vision", "v1", credentials=AnonymousCredentials(), static_discovery=True)


@pytest.mark.parametrize("version", ["v1p2beta1", "v1p3beta1", "v1p4beta1"])
def test_betas_over_rest(google: Google, version: str) -> None:
    beta = importlib.import_module(f"google.cloud.vision_{version}")
    options = {"api_endpoint": google.address, "api_key": google.keys.api_key}
    uri = google.put("in.pdf", pdf(1))
    destination = f"gs://{google.bucket}/{version}/"
    request = {
        "features": [{"type_": "DOCUMENT_TEXT_DETECTION"}],
        "input_config": {"gcs_source": {"uri": uri}, "mime_type": "application/pdf"},
        "output_config": {"gcs_destination": {"uri": destination}},
    }
    with beta.ImageAnnotatorClient(transport="rest", client_options=options) as client:
        operation = client.async_batch_annotate_files(requests=[request])
        result = operation.result(timeout=30)
    assert isinstance(result, beta.AsyncBatchAnnotateFilesResponse)
    assert result.responses[0].output_config.gcs_destination.uri == destination
    assert operation.metadata.state is beta.OperationMetadata.State.DONE
    assert google.written(version) == ["output-1-to-1.json"]


def test_the_first_beta_has_images_alone(google: Google) -> None:
    with google.http() as http:
        assert http.post("/v1p1beta1/images:annotate", json={}).status_code == 400
        assert http.post("/v1p1beta1/files:asyncBatchAnnotate", json={}).status_code == 404
        assert http.post("/v1p2beta1/files:annotate", json={}).status_code == 404
        assert http.get("/v1p1beta1/operations").json() == {}
