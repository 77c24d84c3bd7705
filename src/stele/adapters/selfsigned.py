"""A certificate to try TLS with, and the authority that vouches for it."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stele.domain.errors import ConflictError, RequestError
from stele.domain.value import Value

_VALID = timedelta(days=365)
_HOST = re.compile(r"(\*\.)?\w([\w.-]*\w)?", re.ASCII)
_BEFORE = timedelta(hours=1)  # other machines' clocks may be behind


class MadeCertificate(Value):
    """The files that `self_signed` wrote."""

    authority: Path
    chain: Path
    key: Path


def self_signed(folder: Path, names: Sequence[str]) -> MadeCertificate:
    """Write `ca.pem`, `cert.pem` and `key.pem` for a server that is called `names` (host names, IP addresses).

    The authority's own key is kept nowhere, so it vouches for this certificate and never for another. Raises
    ConflictError if one of the files is there.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stele, to try TLS with")])
    authority = (
        _builder(issuer, issuer, authority_key, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stele")])
    certificate = (
        _builder(subject, issuer, key, authority_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    made = MadeCertificate(authority=folder / "ca.pem", chain=folder / "cert.pem", key=folder / "key.pem")
    for path in (made.authority, made.chain, made.key):
        if path.exists():
            raise ConflictError(reason=f"{path} is there already; it is not overwritten")
    _write(made.authority, authority.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(made.chain, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(made.key, _pem(key), 0o600)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _VALID)
        .add_extension(identifier, critical=False)
        .add_extension(signer, critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if not _HOST.fullmatch(name):
            raise RequestError(reason=f"{name!r} is neither a host name (in ASCII) nor an IP address") from None
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(data)
