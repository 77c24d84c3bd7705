"""Service accounts: a key file of which only the public key is kept here.

Google's client libraries sign a short-lived statement with the private key and send it as a bearer token, without
asking anybody for it: the file works offline.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from stele.domain.errors import Unauthenticated
from stele.domain.value import Value
from stele.service.access import create_project
from stele.service.core import Core, Principal
from stele.service.records import (
    Credential,
    CredentialKind,
)

_ALGORITHM = "RS256"
_KEY_BITS = 2048
_SKEW_SECONDS = 300  #: clocks differ
_MAX_SECONDS = 3600 + _SKEW_SECONDS  #: a statement that is good for longer was not made as it should be
_MAX_TOKEN = 8192  #: bytes; a real one has some 800


class _Account(Value):
    """What is kept with a public key: whose statements it proves."""

    public_key: str
    email: str


def create_account(core: Core, project: str) -> Mapping[str, str]:
    """Make a service account of a project, which is made where it is new: the content of its key file, shown once.

    Raises RequestError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    create_project(core, project)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_id = secrets.token_hex(20)
    name = secrets.token_hex(6)
    email = f"stele-{name}@{project}.iam.gserviceaccount.com"
    account = _Account(public_key=public.decode(), email=email)
    core.store.add_credentials(
        [
            Credential(
                key_set=name,
                project=project,
                kind=CredentialKind.SERVICE_ACCOUNT,
                identifier=key_id,
                secret=msgspec.json.encode(account).decode(),
            )
        ]
    )
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": key_id,
        "private_key": private.decode(),
        "client_email": email,
        "client_id": str(secrets.randbelow(10**21)),
        # Nobody asks it for anything: statements are signed by the client and sent as they are.
        "token_uri": "https://oauth2.googleapis.com/token",
    }


def is_statement(token: str) -> bool:
    """Whether a bearer token looks like a signed statement (RFC 7519)."""
    return token.count(".") == 2 and token.startswith("eyJ")


def with_statement(core: Core, token: str) -> Principal:
    """The project of the service account that signed a bearer token. Raises Unauthenticated."""
    from google.auth import exceptions, jwt

    if len(token) > _MAX_TOKEN:
        raise Unauthenticated
    try:
        header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
        if header.get("alg") != _ALGORITHM:
            raise Unauthenticated
        found = core.store.credential(CredentialKind.SERVICE_ACCOUNT, str(header.get("kid")))
        if found is None or found.secret is None:
            raise Unauthenticated
        account = msgspec.json.decode(found.secret, type=_Account)
        claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
            token, account.public_key, clock_skew_in_seconds=_SKEW_SECONDS
        )
    except (exceptions.GoogleAuthError, ValueError, TypeError) as error:
        raise Unauthenticated from error
    if not claims.get("iss") == claims.get("sub") == account.email or claims["exp"] - claims["iat"] > _MAX_SECONDS:
        raise Unauthenticated
    return Principal(project=found.project)
