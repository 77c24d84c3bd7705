"""`stele apply`, `get` and `delete`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.contract.test_cli_data import Cli

GUIDE = """
apiVersion: resourcemanager.gdc.goog/v1
kind: Project
metadata:
  labels:
    atat.config.google.com/clin-number: CLIN_NUMBER
    atat.config.google.com/task-order-number: TASK_ORDER_NUMBER
  name: ocr-async-project
  namespace: platform
---
apiVersion: object.gdc.goog/v1
kind: Bucket
metadata:
  name: ocr-async-bucket
  namespace: ocr-async-project
spec:
  description: bucket for async ocr
  storageClass: Standard
  bucketPolicy:
    lockingPolicy:
      defaultObjectRetentionDays: 90
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ocr-async-reader-writer
  namespace: ocr-async-project
rules:
  - apiGroups:
      - object.gdc.goog
    resources:
      - buckets
    verbs:
      - read-object
      - write-object
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ocr-async-reader-writer-rolebinding
  namespace: ocr-async-project
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ocr-async-reader-writer
subjects:
  - kind: ServiceAccount
    name: ai-ocr-system-sa
    namespace: ai-ocr-system
"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "data")


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "ocr.yaml"
    path.write_text(GUIDE)
    return path


def test_applying_is_told_as_kubectl_tells_it(cli: Cli, guide: Path) -> None:
    names = [
        "project.resourcemanager.gdc.goog/ocr-async-project",
        "bucket.object.gdc.goog/ocr-async-bucket",
        "role.rbac.authorization.k8s.io/ocr-async-reader-writer",
        "rolebinding.rbac.authorization.k8s.io/ocr-async-reader-writer-rolebinding",
    ]
    assert cli.good("apply", "-f", guide).splitlines() == [f"{name} created" for name in names]
    assert cli.good("apply", "-f", guide).splitlines() == [f"{name} unchanged" for name in names]
    assert [
        cli.good("get", kind, "-o", "name").strip() for kind in ("projects", "Bucket", "role", "rolebindings")
    ] == names


def test_what_is_shown_can_be_applied_again(cli: Cli, guide: Path, tmp_path: Path) -> None:
    cli.good("apply", "-f", guide)
    shown = cli.good("get", "bucket", "ocr-async-bucket", "-o", "yaml")
    assert yaml.safe_load(shown)["status"]["fullyQualifiedName"] == "ocr-async-bucket"
    (tmp_path / "again.yaml").write_text(shown)
    assert "ocr-async-bucket configured" in cli.good("apply", "-f", tmp_path / "again.yaml")
    assert json.loads(cli.good("get", "role", "ocr-async-reader-writer", "-o", "json"))["rules"]
    everything = json.loads(cli.good("get", "projects", "-o", "json"))
    assert [one["metadata"]["name"] for one in everything["items"]] == ["ocr-async-project"]
    (line,) = cli.good("get", "rolebindings", "-n", "ocr-async-project").splitlines()[1:]
    assert line.split()[:2] == ["ocr-async-project", "ocr-async-reader-writer-rolebinding"]
    assert cli.good("get", "roles", "-n", "elsewhere") == ""


def test_deleting(cli: Cli, guide: Path, tmp_path: Path) -> None:
    cli.good("apply", "-f", guide)
    page = tmp_path / "a.txt"
    page.write_text("x")
    cli.good("cp", page, "gs://ocr-async-bucket")
    kept = cli("rm", "gs://ocr-async-bucket/a.txt")
    assert (kept.exit_code, "keeps its objects for 90 days" in kept.stderr) == (5, True)
    replaced = cli("cp", page, "gs://ocr-async-bucket")
    assert (replaced.exit_code, "may not be deleted or replaced until" in replaced.stderr) == (5, True)
    assert cli("buckets", "remove", "ocr-async-bucket").exit_code == 5
    assert cli("delete", "bucket", "ocr-async-bucket").exit_code == 7
    assert cli("delete", "project", "ocr-async-project").exit_code == 7
    done = cli.good("delete", "rolebinding", "ocr-async-reader-writer-rolebinding")
    assert done == "rolebinding.rbac.authorization.k8s.io/ocr-async-reader-writer-rolebinding deleted\n"
    assert cli("delete", "rolebinding", "ocr-async-reader-writer-rolebinding").exit_code == 6


def test_what_is_wrong_is_told(cli: Cli, guide: Path, tmp_path: Path) -> None:
    assert cli("apply", "-f", tmp_path / "gone.yaml").exit_code == 6
    guide.write_text(GUIDE.replace("defaultObjectRetentionDays", "retentionDays"))
    done = cli("apply", "-f", guide)
    assert done.exit_code == 2
    assert "document 2: spec.bucketPolicy.lockingPolicy: Object contains unknown field retentionDays" in done.stderr
    guide.write_text("a: [")
    assert "is not YAML" in cli("apply", "-f", guide).stderr
    assert "known are: project, bucket, role, rolebinding" in cli("get", "pods").stderr


def test_a_service_identity_is_a_key_file(cli: Cli, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    shown = cli.good(
        "keys", "service-identity", "reader", "-p", "acme", "--endpoint", "https://stele.example:8080/", "--ca-cert", ca
    )
    key = json.loads(shown)
    assert key["token_uri"] == "https://stele.example:8080/authenticate"
    assert (key["type"], key["format_version"], key["project"], key["name"]) == (
        "gdch_service_account", "1", "acme", "reader",
    )  # fmt: skip
    assert key["ca_cert_path"] == str(ca)
    assert "BEGIN" not in cli.good("keys", "list", "--json")
    assert cli("keys", "service-identity", "No Name", "-p", "acme", "--endpoint", "http://x").exit_code == 2
