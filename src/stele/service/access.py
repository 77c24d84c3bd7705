"""Projects and their credentials.

A key set holds one credential for each way that the dialects authenticate. Tokens are 256 random bits and are stored as
SHA-256 only, which needs no salt or stretching at that entropy. An access key's secret is not stored at all: signatures
can only be checked with the secret itself, so it is derived from the key's id by the server's master key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from stele.domain.errors import RequestError, Unauthenticated
from stele.domain.value import Value
from stele.service.core import Core, Principal
from stele.service.records import (
    Credential,
    CredentialKind,
)

#: the project that a server makes for whoever starts it
DEMO_PROJECT = "demo"
#: how long tokens are good that are given for other credentials
TOKEN_SECONDS = 3600

_PROJECT = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")
#: how key sets of `demo_keys` are called; those of `create_keys` have no hyphen
_DEMO_KEY_SET = "demo-"


class KeySet(Value):
    """Fresh credentials in the clear: shown once, to whoever made them."""

    project: str
    key_set: str
    bearer_token: str
    api_key: str
    access_key_id: str
    secret_access_key: str
    client_id: str
    client_secret: str


def create_project(core: Core, project: str) -> bool:
    """Make a project; False when it exists. Raises RequestError for a name that not every dialect can spell."""
    if not _PROJECT.fullmatch(project):
        raise RequestError(
            reason="a project name has 2 to 63 characters: lower-case letters, digits and hyphens, a letter first"
        )
    return core.store.create_project(project, "whsec_" + _base64(32))


def create_keys(core: Core, project: str) -> KeySet:
    """Make a key set, and the project where it is new."""
    return _new_keys(core, project, secrets.token_hex(6))


def first_keys(core: Core) -> KeySet | None:
    """Make a key set of the demo project where there is no project at all yet."""
    return None if core.store.projects() else create_keys(core, DEMO_PROJECT)


def demo_keys(core: Core) -> KeySet:
    """Make a key set of the demo project, and revoke those that this made before."""
    before = {one.key_set for one in core.store.credentials(DEMO_PROJECT) if one.revoked_at is None}
    for key_set in before:
        if key_set.startswith(_DEMO_KEY_SET):
            revoke(core, key_set)
    return _new_keys(core, DEMO_PROJECT, _DEMO_KEY_SET + secrets.token_hex(6))


def _new_keys(core: Core, project: str, key_set: str) -> KeySet:
    create_project(core, project)
    access_key_id = "STELE" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(15))
    keys = KeySet(
        project=project,
        key_set=key_set,
        bearer_token="stb_" + secrets.token_urlsafe(32),
        api_key="stk_" + secrets.token_urlsafe(32),
        access_key_id=access_key_id,
        secret_access_key=_secret_of(core, access_key_id),
        client_id=secrets.token_hex(16),
        client_secret=secrets.token_hex(32),
    )
    core.store.add_credentials(
        [
            _credential(keys, CredentialKind.BEARER, _digest(keys.bearer_token), None),
            _credential(keys, CredentialKind.API_KEY, _digest(keys.api_key), None),
            _credential(keys, CredentialKind.ACCESS_KEY, keys.access_key_id, None),
            _credential(keys, CredentialKind.CLIENT, keys.client_id, _digest(keys.client_secret)),
        ]
    )
    return keys


def with_token(core: Core, token: str) -> Principal:
    """The project of a bearer token or an API key, wherever the dialect lets callers put it. Raises Unauthenticated."""
    kind = CredentialKind.API_KEY if token.startswith("stk_") else CredentialKind.BEARER
    found = core.store.credential(kind, _digest(token))
    if found is None:
        raise Unauthenticated
    return Principal(project=found.project)


def trade_client(core: Core, client_id: str, client_secret: str) -> str:
    """A bearer token of the client's project, good for `TOKEN_SECONDS`, for its id and its secret. Raises
    Unauthenticated."""
    found = core.store.credential(CredentialKind.CLIENT, client_id)
    if found is None or not hmac.compare_digest(found.secret or "", _digest(client_secret)):
        raise Unauthenticated
    return issue_token(core, found)


def issue_token(core: Core, proven: Credential) -> str:
    """A bearer token that is good for `TOKEN_SECONDS`, for whom a credential has proven; it goes with its key set."""
    token = "stb_" + secrets.token_urlsafe(32)
    core.store.add_credentials(
        [
            Credential(
                key_set=proven.key_set,
                project=proven.project,
                kind=CredentialKind.BEARER,
                identifier=_digest(token),
                secret=None,
                expires_at=core.store.now() + TOKEN_SECONDS,
            )
        ]
    )
    return token


def with_access_key(core: Core, access_key_id: str) -> tuple[Principal, str]:
    """Whose access key it is, and its secret: what a signature must have been made with. Raises Unauthenticated."""
    found = core.store.credential(CredentialKind.ACCESS_KEY, access_key_id)
    if found is None:
        raise Unauthenticated
    return Principal(project=found.project), _secret_of(core, access_key_id)


def revoke(core: Core, key_set: str) -> bool:
    """Revoke all credentials of a key set. False when there is none."""
    return core.store.revoke(key_set)


def _credential(keys: KeySet, kind: CredentialKind, identifier: str, secret: str | None) -> Credential:
    return Credential(key_set=keys.key_set, project=keys.project, kind=kind, identifier=identifier, secret=secret)


def _secret_of(core: Core, access_key_id: str) -> str:
    """240 bits in 40 characters, as AWS has them."""
    return base64.urlsafe_b64encode(core.master_key.derived("access key", access_key_id)[:30]).decode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _base64(count: int) -> str:

    return base64.b64encode(secrets.token_bytes(count)).decode()
