"""Service identities: a key that a program keeps, and what it gets for showing that it has it.

As Distributed Cloud has it: the program signs a short statement with its private key, and trades it for a bearer token
that is good for an hour. Only the public key is kept here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from stele.domain.errors import RequestError
from stele.service.access import TOKEN_SECONDS, create_project, issue_token
from stele.service.core import Core
from stele.service.records import CredentialKind
from stele.service.statements import Holder, Scheme, keep, pem, proven

__all__ = ["TOKEN_SECONDS", "create_identity", "trade"]

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_SCHEME = Scheme(kind=CredentialKind.SERVICE_KEY, algorithm="ES256", skew=30)


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
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    holder = Holder(public_key=pem(key.public_key()), subject=_subject(project, name), audience=token_uri)
    key_id = keep(core, project, secrets.token_hex(6), _SCHEME.kind, holder)
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
    return issue_token(core, proven(core, statement, _SCHEME).credential)


def _subject(project: str, name: str) -> str:
    return f"system:serviceaccount:{project}:{name}"
