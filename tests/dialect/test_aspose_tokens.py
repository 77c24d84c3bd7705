"""The token endpoint, in the encodings that clients use."""

from __future__ import annotations

import base64
from urllib.parse import quote

import httpx
import pytest
from tests.dialect.aspose_live import Aspose

from stele.service.access import revoke

GRANT = {"grant_type": "client_credentials"}


def credentials(aspose: Aspose) -> dict[str, str]:
    return {**GRANT, "client_id": aspose.keys.client_id, "client_secret": aspose.keys.client_secret}


def basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def test_a_token_for_a_form(aspose: Aspose) -> None:
    answer = aspose.bare.post("/connect/token", data=credentials(aspose))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.pop("access_token")
    assert body == {"expires_in": 3600, "token_type": "Bearer"}


def test_a_token_for_a_multipart_form(aspose: Aspose) -> None:
    headers = {"ContentType": "application/x-www-form-urlencoded", "Accept": "application/json;charset=UTF-8"}
    files = {name: (None, value) for name, value in credentials(aspose).items()}
    answer = aspose.bare.post("/Connect/Token", files=files, headers=headers)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")


def test_a_token_for_basic_credentials(aspose: Aspose) -> None:
    name, secret = aspose.keys.client_id, aspose.keys.client_secret
    for headers in (basic(name, secret), basic(quote(name, safe=""), "".join(f"%{ord(one):02X}" for one in secret))):
        assert aspose.bare.post("/connect/token", data=GRANT, headers=headers).status_code == 200


def test_a_token_works_until_its_key_set_is_revoked(aspose: Aspose) -> None:
    token = {"authorization": f"Bearer {aspose.token()}"}
    asked = "/v5.0/ocr/Utilities/GetTaskStatus?id=1"
    assert aspose.bare.get(asked, headers=token).status_code == 200
    revoke(aspose.core, aspose.keys.key_set)
    fresh = {"authorization": f"bearer {'x' * 20}"}
    assert aspose.bare.get(asked, headers=fresh).status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "no"}, "invalid_client"),
        ({"client_id": "no"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_secret": ""}, "invalid_request"),
    ],
)
def test_what_is_refused(aspose: Aspose, change: dict[str, str], error: str) -> None:
    answer = aspose.bare.post("/connect/token", data={**credentials(aspose), **change})
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_nonsense_is_refused(aspose: Aspose) -> None:
    def refused(answer: httpx.Response) -> bool:
        return (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})

    assert refused(aspose.bare.post("/connect/token", content=b"x" * 100_000))
    form = {"content-type": "multipart/form-data; boundary=b"}
    assert refused(aspose.bare.post("/connect/token", content=b"--b\r\nnonsense", headers=form))
    assert refused(aspose.bare.post("/connect/token", data=GRANT, headers={"authorization": "Basic %%%"}))
    wrong = aspose.bare.get("/connect/token")
    assert (wrong.status_code, wrong.headers["allow"], wrong.content) == (405, "POST", b"")
