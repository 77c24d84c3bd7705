"""Credentials of Google's kinds, in all places where clients put them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from google.auth import crypt, jwt
from google.auth.credentials import AnonymousCredentials
from google.cloud import vision
from google.oauth2 import service_account
from tests.dialect.google_live import Google
from tests.dialect.live import serving

from stele.service.access import revoke
from stele.service.accounts import create_account
from stele.service.records import Credential
from stele.settings import Settings

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
KINDS = ("authorization", "x-goog-api-key", "key", "access_token", "oauth_token")


@pytest.fixture
def bare(google: Google) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=google.address, verify=False) as client:
        yield client


def account_client(google: Google, account: dict[str, str]) -> vision.ImageAnnotatorClient:
    credentials = service_account.Credentials.from_service_account_info(account)
    return vision.ImageAnnotatorClient(
        transport="rest", credentials=credentials, client_options={"api_endpoint": google.address}
    )


def operations(client: vision.ImageAnnotatorClient) -> list[object]:
    return list(client.transport.operations_client.list_operations("operations", filter_=""))


def credentials_of(google: Google, account: Mapping[str, str]) -> list[Credential]:
    kept = google.core.store.credentials(google.principal.project)
    return [one for one in kept if one.identifier == account["private_key_id"]]


@pytest.mark.parametrize("kind", KINDS)
def test_where_credentials_stand(google: Google, bare: httpx.Client, kind: str) -> None:
    token, key = google.keys.bearer_token, google.keys.api_key
    headers = {"authorization": {"authorization": f"bearer {token}"}, "x-goog-api-key": {"X-Goog-Api-Key": key}}
    params = {"key": {"key": key}, "access_token": {"access_token": token}, "oauth_token": {"oauth_token": token}}
    quota = {"x-goog-user-project": "projects/any"}
    answer = bare.get("/v1/operations", headers=quota | headers.get(kind, {}), params=params.get(kind, {}))
    assert answer.json() == {}


def test_credentials_that_are_none(bare: httpx.Client) -> None:
    def told(answer: httpx.Response) -> tuple[int, str, str]:
        error = answer.json()["error"]
        return answer.status_code, error["status"], error["details"][0]["reason"]

    assert told(bare.get("/v1/operations")) == (401, "UNAUTHENTICATED", "CREDENTIALS_MISSING")
    wrong = bare.get("/v1/operations", headers={"authorization": "Bearer nonsense"})
    assert told(wrong) == (401, "UNAUTHENTICATED", "ACCESS_TOKEN_INVALID")
    key = bare.get("/v1/operations", params={"key": "nonsense"})
    assert told(key) == (400, "INVALID_ARGUMENT", "API_KEY_INVALID")
    assert key.json()["error"]["message"] == "API key not valid. Please pass a valid API key."


def test_a_service_account(google: Google) -> None:
    account = dict(create_account(google.core, google.principal.project))
    assert account["type"] == "service_account" and account["project_id"] == google.principal.project
    assert operations(account_client(google, account)) == []


def test_only_the_public_key_is_kept(google: Google) -> None:
    account = create_account(google.core, google.principal.project)
    (kept,) = credentials_of(google, account)
    assert "PUBLIC KEY" in (kept.secret or "") and "PRIVATE" not in (kept.secret or "")


def statement(account: dict[str, str], key: str | None = None, **claims: object) -> str:
    now = int(time.time())
    email = account["client_email"]
    payload = {"iss": email, "sub": email, "iat": now, "exp": now + 3600, "aud": "https://vision.googleapis.com/"}
    signer = crypt.RSASigner.from_string(key or account["private_key"], account["private_key_id"])
    return jwt.encode(signer, {**payload, **claims}).decode()


def test_statements_that_prove_nothing(google: Google, bare: httpx.Client) -> None:
    account = dict(create_account(google.core, google.principal.project))
    other = dict(create_account(google.core, google.principal.project))
    now = int(time.time())
    good = statement(account)
    header, payload, signature = good.split(".")
    forged = {
        "another's key": statement(account, key=other["private_key"]),
        "expired": statement(account, iat=now - 8000, exp=now - 4000),
        "not yet": statement(account, iat=now + 4000, exp=now + 7000),
        "for a year": statement(account, exp=now + 365 * 86_400),
        "somebody else": statement(account, iss=other["client_email"], sub=other["client_email"]),
        "unsigned": f"{header}.{payload}.",
        "no algorithm": "eyJhbGciOiJub25lIn0." + payload + "." + signature,
        "nonsense": "eyJ.x.y",
        "long": "eyJ" + "a" * 9000 + ".b.c",
    }
    assert bare.get("/v1/operations", headers={"authorization": f"Bearer {good}"}).status_code == 200
    for name, token in forged.items():
        answer = bare.get("/v1/operations", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401, name


def test_a_statement_that_was_believed_is_no_token_of_another_dialect(google: Google, bare: httpx.Client) -> None:
    account = dict(create_account(google.core, google.principal.project))
    headers = {"authorization": f"Bearer {statement(account)}"}
    assert bare.get("/v1/operations", headers=headers).status_code == 200
    assert bare.get("/api/v1/project", headers=headers).status_code == 401


def test_a_revoked_account_is_let_in_no_more(google: Google, bare: httpx.Client) -> None:
    account = dict(create_account(google.core, google.principal.project))
    revoke(google.core, credentials_of(google, account)[0].key_set)
    answer = bare.get("/v1/operations", headers={"authorization": f"Bearer {statement(account)}"})
    assert answer.status_code == 401


def test_the_command_prints_a_key_file(google_settings: Settings, google: Google) -> None:
    command = ["keys", "service-account", "--project", google.principal.project, "--data", google_settings.data]
    printed = subprocess.run(["stele", *command], capture_output=True, check=True, text=True, env=ENVIRONMENT).stdout
    assert operations(account_client(google, json.loads(printed))) == []


def test_without_credentials_where_that_is_allowed(tmp_path: Path) -> None:
    with serving(Settings(data=str(tmp_path), grpc_port=0, anonymous_project="everybody")) as live:
        client = vision.ImageAnnotatorClient(
            transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": live.address}
        )
        assert operations(client) == []
        assert httpx.get(f"{live.address}/v1/operations?key=nonsense", verify=False).status_code == 400
