"""Signed statements (RFC 7519): a program shows that it holds a private key, of which only the public one is kept here.

`accounts` and `identities` say which keys there are, and what a statement is good for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from stele.domain.errors import Unauthenticated
from stele.domain.value import Value
from stele.service.core import Core
from stele.service.records import Credential, CredentialKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_MAX_BYTES = 8192  #: of a statement; a real one has 500 to 800


class Scheme(Value):
    """One kind of keys. `algorithm` as RFC 7518 names it; `skew` is by how many seconds clocks may differ."""

    kind: CredentialKind
    algorithm: str
    skew: int


class Holder(Value):
    """What is kept with a public key (PEM): who signs with the other one, and to whom its statements must be made,
    where that is checked."""

    public_key: str
    subject: str
    audience: str | None = None


class Proof(Value):
    """A statement that holds: the credential whose key signed it, and for how many seconds it was made."""

    credential: Credential
    seconds: float


def pem(key: PublicKeyTypes) -> str:
    from cryptography.hazmat.primitives import serialization

    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def keep(core: Core, project: str, key_set: str, kind: CredentialKind, holder: Holder) -> str:
    """Keep a public key of a project; the id that its statements name it by."""
    key_id = secrets.token_hex(20)
    secret = msgspec.json.encode(holder).decode()
    credential = Credential(key_set=key_set, project=project, kind=kind, identifier=key_id, secret=secret)
    core.store.add_credentials([credential])
    return key_id


def proven(core: Core, statement: str, scheme: Scheme) -> Proof:
    """Whose key signed the statement, lately and in its own name. Raises Unauthenticated."""
    from google.auth import exceptions, jwt

    if len(statement) > _MAX_BYTES:
        raise Unauthenticated
    try:
        header = jwt.decode_header(statement)  # type: ignore[no-untyped-call]
        if header.get("alg") != scheme.algorithm:
            raise Unauthenticated
        found = core.store.credential(scheme.kind, str(header.get("kid")))
        if found is None or found.secret is None:
            raise Unauthenticated
        holder = msgspec.json.decode(found.secret, type=Holder)
        claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
            statement, holder.public_key, audience=holder.audience, clock_skew_in_seconds=scheme.skew
        )
    except (exceptions.GoogleAuthError, ValueError, TypeError) as error:
        raise Unauthenticated from error
    if not claims.get("iss") == claims.get("sub") == holder.subject:
        raise Unauthenticated
    return Proof(credential=found, seconds=claims["exp"] - claims["iat"])
