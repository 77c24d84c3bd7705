"""Service accounts: a key file of which only the public key is kept here.

Google's client libraries sign a short-lived statement with the private key and send it as a bearer token, without
asking anybody for it: the file works offline.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from stele.domain.errors import Unauthenticated
from stele.service.access import create_project
from stele.service.core import Core, Principal
from stele.service.records import CredentialKind
from stele.service.statements import Holder, Scheme, keep, pem, proven

_KEY_BITS = 2048
_SCHEME = Scheme(kind=CredentialKind.SERVICE_ACCOUNT, algorithm="RS256", skew=300)
_MAX_SECONDS = 3600 + _SCHEME.skew  #: a statement that is good for longer was not made as it should be


def create_account(core: Core, project: str) -> Mapping[str, str]:
    """Make a service account of a project, which is made where it is new: the content of its key file, shown once.

    Raises RequestError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    create_project(core, project)
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    name = secrets.token_hex(6)
    email = f"stele-{name}@{project}.iam.gserviceaccount.com"
    holder = Holder(public_key=pem(key.public_key()), subject=email)
    key_id = keep(core, project, name, _SCHEME.kind, holder)
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
    proof = proven(core, token, _SCHEME)
    if proof.seconds > _MAX_SECONDS:
        raise Unauthenticated
    return Principal(project=proof.credential.project)
