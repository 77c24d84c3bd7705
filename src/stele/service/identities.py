"""Service identities: a key that a program keeps, and what it gets for showing that it has it.

As Distributed Cloud has it: the program signs a short statement with its private key, and trades it for a bearer token
that is good for an hour. Only the public key is kept here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from stele.domain.errors import RequestError, Unauthenticated
from stele.domain.value import Value
from stele.service.access import TOKEN_SECONDS, create_project, issue_token
from stele.service.core import Core
from stele.service.records import Credential, CredentialKind

__all__ = ["TOKEN_SECONDS", "create_identity", "trade"]

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_ALGORITHM = "ES256"
_SKEW_SECONDS = 30
_MAX_TOKEN = 8192  #: bytes of a statement; a real one has some 500


class _Holder(Value):
    """What is kept with a public key: whose statements it proves, and to whom they must be made."""

    public_key: str
    subject: str
    audience: str


def create_identity(
    core: Core, project: str, name: str, *, token_uri: str, ca_cert_path: str | None = None
) -> Mapping[str, str]:
    """Make a service identity of a project, which is made where it is new: the content of its key file, shown once.

    `token_uri` is where the program will trade its statements. Raises RequestError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    if not _NAME.fullmatch(name):
        raise RequestError(reason=f"{name} is no name for a service identity: a-z, 0-9, hyphens, a letter first")
    create_project(core, project)
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    key_id = secrets.token_hex(20)
    holder = _Holder(public_key=public.decode(), subject=_subject(project, name), audience=token_uri)
    core.store.add_credentials(
        [
            Credential(
                key_set=secrets.token_hex(6),
                project=project,
                kind=CredentialKind.SERVICE_KEY,
                identifier=key_id,
                secret=msgspec.json.encode(holder).decode(),
            )
        ]
    )
    content = {
        "type": "gdch_service_account",
        "format_version": "1",
        "project": project,
        "private_key_id": key_id,
        "private_key": private.decode(),
        "name": name,
        "token_uri": token_uri,
    }
    return content if ca_cert_path is None else {**content, "ca_cert_path": ca_cert_path}


def trade(core: Core, statement: str) -> str:
    """A bearer token of the identity's project, good for `TOKEN_SECONDS`, for a signed statement. Raises
    Unauthenticated."""
    return issue_token(core, _proven(core, statement))


def _proven(core: Core, statement: str) -> Credential:
    """The credential whose holder made the statement, to us and lately. Raises Unauthenticated."""
    from google.auth import exceptions, jwt

    if len(statement) > _MAX_TOKEN:
        raise Unauthenticated
    try:
        header = jwt.decode_header(statement)  # type: ignore[no-untyped-call]
        if header.get("alg") != _ALGORITHM:
            raise Unauthenticated
        found = core.store.credential(CredentialKind.SERVICE_KEY, str(header.get("kid")))
        if found is None or found.secret is None:
            raise Unauthenticated
        holder = msgspec.json.decode(found.secret, type=_Holder)
        claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
            statement, holder.public_key, audience=holder.audience, clock_skew_in_seconds=_SKEW_SECONDS
        )
    except (exceptions.GoogleAuthError, ValueError, TypeError) as error:
        raise Unauthenticated from error
    if not claims.get("iss") == claims.get("sub") == holder.subject:
        raise Unauthenticated
    return found


def _subject(project: str, name: str) -> str:
    return f"system:serviceaccount:{project}:{name}"
