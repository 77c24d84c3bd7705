"""Service identities with google-auth: a key file becomes a bearer token."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import google.auth
import httpx
import pytest
from google.auth import crypt, exceptions, jwt
from google.auth.transport.requests import Request
from google.oauth2 import gdch_credentials
from tests.dialect.live import Live

from stele.domain.errors import Unauthenticated
from stele.service import access
from stele.service.identities import create_identity, trade
from stele.service.records import CredentialKind


@pytest.fixture
def key(live: Live) -> Mapping[str, str]:
    return create_identity(live.core, f"p-{secrets.token_hex(6)}", "reader", token_uri=f"{live.address}/authenticate")


def test_the_client_trades_its_key_for_a_token_and_is_let_in(
    live: Live, key: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.json").write_text(json.dumps(key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    creds, project = google.auth.default()
    assert project == key["project"]
    creds = creds.with_gdch_audience("https://endpoint.example:443")
    creds.refresh(Request())
    assert creds.valid and creds.expiry is not None
    answer = httpx.get(f"{live.address}/api/v1/project", headers={"authorization": f"Bearer {creds.token}"})
    assert (answer.status_code, answer.json()["project"]) == (200, key["project"])


def test_a_revoked_identity_and_its_tokens_are_let_in_no_more(
    live: Live, key: Mapping[str, str], tmp_path: Path
) -> None:
    token = trade(live.core, statement(key))
    assert access.with_token(live.core, token).project == key["project"]
    found = live.core.store.credential(CredentialKind.SERVICE_KEY, key["private_key_id"])
    assert found is not None and access.revoke(live.core, found.key_set)
    with pytest.raises(Unauthenticated):
        access.with_token(live.core, token)
    (tmp_path / "key.json").write_text(json.dumps(key))
    creds = gdch_credentials.ServiceAccountCredentials.from_service_account_file(str(tmp_path / "key.json"))
    with pytest.raises(exceptions.RefreshError, match="invalid_client"):
        creds.with_gdch_audience("https://endpoint.example").refresh(Request())


def statement(key: Mapping[str, str], **claims: object) -> str:
    signer = crypt.ES256Signer.from_string(key["private_key"], key["private_key_id"])
    subject = f"system:serviceaccount:{key['project']}:{key['name']}"
    now = int(time.time())
    payload = {"iss": subject, "sub": subject, "aud": key["token_uri"], "iat": now, "exp": now + 3600, **claims}
    return jwt.encode(signer, payload).decode()


def test_a_statement_proves_only_what_it_says(live: Live, key: Mapping[str, str]) -> None:
    assert trade(live.core, statement(key)).startswith("stb_")
    now = int(time.time())
    other = create_identity(live.core, "q-" + secrets.token_hex(6), "reader", token_uri=key["token_uri"])
    forged = {**key, "private_key": other["private_key"]}
    rsa = {"alg": "HS256", "typ": "JWT", "kid": key["private_key_id"]}
    for wrong in (
        statement(key, exp=now - 3600, iat=now - 7200),
        statement(key, iat=now + 3600),
        statement(key, aud="https://elsewhere.example/authenticate"),
        statement(key, sub="system:serviceaccount:other:reader"),
        statement({**key, "project": other["project"]}),
        statement(forged),
        statement({**key, "private_key_id": "unknown"}),
        statement(key)[:-4],
        ".".join(part for part in (json.dumps(rsa), *statement(key).split(".")[1:])),
        "nonsense",
        "a.b.c",
        "x" * 10_000,
        "",
    ):
        with pytest.raises(Unauthenticated):
            trade(live.core, wrong)


def exchange(**fields: object) -> dict[str, object]:
    return {
        "grant_type": "urn:ietf:params:oauth:token-type:token-exchange",
        "audience": "https://endpoint.example",
        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token_type": "urn:k8s:params:oauth:token-type:serviceaccount",
        **fields,
    }


def test_the_endpoint_tells_what_is_wrong(live: Live, key: Mapping[str, str]) -> None:
    address = f"{live.address}/authenticate"
    good = httpx.post(address, json=exchange(subject_token=statement(key)))
    assert good.json().keys() == {"access_token", "issued_token_type", "token_type", "expires_in"}
    assert good.headers["cache-control"] == "no-store"
    bad = httpx.post(address, json=exchange(subject_token="x"))
    assert (bad.status_code, bad.json()["error"]) == (401, "invalid_client")
    for body in (exchange(), exchange(subject_token="x", grant_type="password"), {}, []):
        refused = httpx.post(address, json=body)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert httpx.post(address, content=b"\xff{").status_code == 400
    assert httpx.post(address, content=b"x" * 100_000).status_code == 400
    assert httpx.get(address).status_code == 405
