"""The server's certificate as the operator gives it, looked at before anything listens."""

from __future__ import annotations

import ssl
from pathlib import Path

from stele.domain.errors import RequestError
from stele.domain.value import Value


class Certificate(Value):
    """Paths of PEM files: the certificate with those between it and its authority, and its key."""

    chain: str
    key: str

    def read_chain(self) -> bytes:
        return Path(self.chain).read_bytes()

    def read_key(self) -> bytes:
        return Path(self.key).read_bytes()


def certificate_of(chain: str | None, key: str | None) -> Certificate | None:
    """The certificate of the settings; None where they name none. Raises RequestError if it cannot be used."""
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise RequestError(reason="tls_cert and tls_key belong together: give both or none")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise RequestError(reason=f"the certificate {chain} cannot be used with the key {key}: {error}") from error
    return Certificate(chain=chain, key=key)


def _no_passphrase() -> str:
    raise ValueError("it has a passphrase, and a server that starts by itself cannot ask for it")
