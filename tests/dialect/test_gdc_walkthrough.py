"""The Distributed Cloud guide from `stele apply` to reading the JSON in the bucket, on a real server with TLS; and what
happens without its RoleBinding."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google.auth
import httpx
import pytest
import yaml
from google.api_core.client_options import ClientOptions
from google.auth.transport.requests import Request
from google.cloud import storage, vision
from tests.chaos.conftest import House, free_port, until
from tests.conftest import ROOT
from tests.contract.test_cli_data import PROGRAM
from tests.contract.test_cli_resources import GUIDE

from stele.service import access

PROJECT_ID = "ocr-async-project"
BUCKET = "ocr-async-bucket"
LETTER = ROOT / "samples" / "letter.pdf"
Json = dict[str, Any]


class Cloud:
    """A running server, and the operator's command line beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stele("tls", "self-signed", "--out", folder / "tls")
        self.grpc = free_port()
        tls = {"tls_cert": str(folder / "tls" / "cert.pem"), "tls_key": str(folder / "tls" / "key.pem")}
        self.house = House(folder / "data", grpc_port=self.grpc, **tls)
        self.house.serve()
        self.ca = folder / "tls" / "ca.pem"
        self.endpoint = f"https://localhost:{self.house.port}"

    def stele(self, *arguments: str | Path) -> str:
        command = [*PROGRAM, *map(str, arguments)]
        environment = {**os.environ, "STELE_DATA": str(self.folder / "data")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, *documents: Json) -> None:
        (self.folder / "applied.yaml").write_text(yaml.safe_dump_all(documents))
        self.stele("apply", "-f", self.folder / "applied.yaml")

    def http(self, project: str) -> httpx.Client:
        token = access.create_keys(self.house.core, project).bearer_token
        context = ssl.create_default_context(cafile=str(self.ca))
        headers = {"authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.endpoint, headers=headers, verify=context, timeout=30)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("gdc"))
    yield made
    made.house.close()


def guide(project: str = PROJECT_ID, bucket: str = BUCKET, verbs: tuple[str, ...] = ()) -> list[Json]:
    """The guide's documents; for another project, with another bucket, with other verbs."""
    text = GUIDE.replace(PROJECT_ID, project).replace(BUCKET, bucket)
    documents = list(yaml.safe_load_all(text))
    if verbs:
        documents[2]["rules"][0]["verbs"] = list(verbs)
    return documents


def request(source: str, target: str, project: str = PROJECT_ID) -> Json:
    """The body that the guide posts."""
    return {
        "parent": project,
        "requests": [
            {
                "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
                "input_config": {"gcs_source": {"uri": source}, "mime_type": "application/pdf"},
                "output_config": {"gcs_destination": {"uri": target}},
            }
        ],
    }


def finished(http: httpx.Client, name: str) -> Json:
    until(lambda: http.get(f"/v1/{name}").json().get("done", False), 60)
    found: Json = http.get(f"/v1/{name}").json()
    return found


def test_from_apply_to_the_json_in_the_bucket(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.apply(*guide())
    key = tmp_path / "key.json"
    key.write_text(
        cloud.stele(
            "keys", "service-identity", "reader", "-p", PROJECT_ID, "--endpoint", cloud.endpoint, "--ca-cert", cloud.ca
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cloud.ca))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", cloud.endpoint)
    creds, project = google.auth.default()
    creds = creds.with_gdch_audience(cloud.endpoint)
    creds.refresh(Request())

    bucket = storage.Client(project=project, credentials=creds).bucket(BUCKET)
    bucket.blob("in/letter.pdf").upload_from_filename(str(LETTER), content_type="application/pdf")

    # gRPC reads its roots once a process, so the guide's Python runs in one of its own.
    environment = {**os.environ, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(cloud.ca)}
    arguments = [cloud.endpoint, f"localhost:{cloud.grpc}", f"gs://{BUCKET}/in/letter.pdf", f"gs://{BUCKET}/out/"]
    command = [sys.executable, "-m", "tests.dialect.test_gdc_walkthrough", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    name, uri = done.stdout.split()
    assert name.startswith(f"projects/{PROJECT_ID}/operations/") and uri == f"gs://{BUCKET}/out/"

    (shard,) = bucket.list_blobs(prefix="out/")
    assert shard.name == "out/output-1-to-1.json"
    content = json.loads(shard.download_as_bytes())
    assert "Harbour & Finch" in content["responses"][0]["fullTextAnnotation"]["text"]
    assert content["inputConfig"] == {
        "gcsSource": {"uri": f"gs://{BUCKET}/in/letter.pdf"},
        "mimeType": "application/pdf",
    }

    with cloud.http(PROJECT_ID) as http:
        assert http.get(f"/v1/{name}").json()["done"] is True
        listed = http.get(f"/v1/{PROJECT_ID}?page_size=10").json()["operations"]
        assert [one["name"] for one in listed] == [name]
        # The same prefix again would replace what the bucket keeps.
        begun = http.post("/v1/files:asyncBatchAnnotate", json=request(f"gs://{BUCKET}/in/letter.pdf", uri))
        error = finished(http, begun.json()["name"])["error"]
        assert error["code"] == 7
        assert f"Error writing final output to: gs://{BUCKET}/out/" in error["message"]
        assert "keeps its objects for 90 days" in error["message"]
    assert json.loads(shard.download_as_bytes()) == content


def test_without_the_role_binding_the_permission_is_named(cloud: Cloud) -> None:
    project, bucket = "unbound", "unbound-bucket"
    project_, bucket_, role, binding = guide(project, bucket)
    cloud.apply(project_, bucket_, role)
    source, target = f"s3://{bucket}/in/letter.pdf", f"s3://{bucket}/out/"
    cloud.stele("cp", LETTER, f"gs://{bucket}/in/letter.pdf")
    with cloud.http(project) as http:
        refused = http.post("/v1/files:asyncBatchAnnotate", json=request(source, target, project))
        error = refused.json()["error"]
        assert (refused.status_code, error["status"]) == (403, "PERMISSION_DENIED")
        assert f"Error opening file: {source}" in error["message"]
        assert "read-object" in error["message"] and project in error["message"]

        role["rules"][0]["verbs"] = ["read-object"]
        cloud.apply(role, binding)
        begun = http.post("/v1/files:asyncBatchAnnotate", json=request(source, target, project))
        error = finished(http, begun.json()["name"])["error"]
        assert error["code"] == 7
        assert f"Error writing final output to: {target}" in error["message"]
        assert "write-object" in error["message"]
        assert cloud.stele("ls", f"gs://{bucket}/out/") == ""

        role["rules"][0]["verbs"] = ["read-object", "write-object"]
        cloud.apply(role)
        begun = http.post("/v1/files:asyncBatchAnnotate", json=request(source, target, project))
        assert finished(http, begun.json()["name"])["response"]["responses"]
        assert "output-1-to-1.json" in cloud.stele("ls", f"gs://{bucket}/out/")


def test_across_projects_the_binding_grants(cloud: Cloud) -> None:
    """One project reads from a bucket of a second and writes to one of a third."""
    access.create_project(cloud.house.core, "caller")
    for project, verb in (("library", "read-object"), ("archive", "write-object")):
        cloud.apply(*guide(project, f"{project}-bucket", (verb,)))
    cloud.stele("cp", LETTER, "gs://library-bucket/letter.pdf")
    with cloud.http("caller") as http:
        there = request("gs://library-bucket/letter.pdf", "gs://archive-bucket/", "caller")
        begun = http.post("/v1/files:asyncBatchAnnotate", json=there)
        assert "response" in finished(http, begun.json()["name"])
        assert "gs://archive-bucket/output-1-to-1.json" in cloud.stele("ls", "gs://archive-bucket")

        back = request("gs://archive-bucket/output-1-to-1.json", "gs://library-bucket/", "caller")
        refused = http.post("/v1/files:asyncBatchAnnotate", json=back)
        assert (
            refused.status_code == 403 and "read-object in bucket archive-bucket" in refused.json()["error"]["message"]
        )

        for bucket in ("archive-bucket", "library-bucket"):
            assert http.get(f"/storage/v1/b/{bucket}/o").status_code == 404, "the binding is for jobs"
        cloud.stele("delete", "rolebinding", "ocr-async-reader-writer-rolebinding", "-n", "library")
        refused = http.post("/v1/files:asyncBatchAnnotate", json=there)
        assert refused.status_code == 403 and "Error opening file" in refused.json()["error"]["message"]


# -- the guide's Python -----------------------------------------------------------------------------------------------


def vision_client(creds: Any, endpoint: str) -> vision.ImageAnnotatorClient:
    opts = ClientOptions(api_endpoint=endpoint)
    return vision.ImageAnnotatorClient(credentials=creds, client_options=opts)


def vision_func_async(creds: Any, endpoint: str, source: str, target: str) -> None:
    vc = vision_client(creds, endpoint)
    features = [{"type_": vision.Feature.Type.DOCUMENT_TEXT_DETECTION}]
    input_config = {"gcs_source": {"uri": source}, "mime_type": "application/pdf"}
    output_config = {"gcs_destination": {"uri": target}}
    req = {"input_config": input_config, "output_config": output_config, "features": features}
    reqs = {"requests": [req], "parent": PROJECT_ID}
    metadata = [("x-goog-user-project", "projects/" + PROJECT_ID)]
    operation = vc.async_batch_annotate_files(request=reqs, metadata=metadata)
    lro = operation.operation
    resp = operation.result(timeout=60)
    print(lro.name, resp.responses[0].output_config.gcs_destination.uri)


if __name__ == "__main__":
    audience, endpoint_, source_, target_ = sys.argv[1:]
    found, _ = google.auth.default()
    vision_func_async(found.with_gdch_audience(audience), endpoint_, source_, target_)
