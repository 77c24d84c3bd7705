"""Certificates: those that the operator gives are looked at before anything listens, those made here are good."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from tests.chaos.conftest import free_port

from stele.adapters.selfsigned import self_signed
from stele.adapters.tls import certificate_of
from stele.domain.errors import ConflictError, RequestError

PROGRAM = [sys.executable, "-c", "from stele.app import main; main()"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    self_signed(tmp_path / "tls", ["localhost", "127.0.0.1"])
    return tmp_path / "tls"


def test_a_certificate_made_here_can_be_used(folder: Path) -> None:
    certificate = certificate_of(str(folder / "cert.pem"), str(folder / "key.pem"))
    assert certificate and certificate.read_key() == (folder / "key.pem").read_bytes()
    assert certificate_of(None, None) is None


def test_only_the_owner_reads_the_key_and_nobody_has_the_authoritys(folder: Path) -> None:
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in folder.iterdir()) == ["ca.pem", "cert.pem", "key.pem"]
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes() + (folder / "cert.pem").read_bytes()


def test_nothing_is_overwritten(folder: Path) -> None:
    before = (folder / "key.pem").read_bytes()
    with pytest.raises(ConflictError, match="there already"):
        self_signed(folder, ["localhost"])
    assert (folder / "key.pem").read_bytes() == before


def test_the_names_are_in_the_certificate_as_what_they_are(tmp_path: Path) -> None:
    made = self_signed(tmp_path, ["stele.example.com", "10.0.0.7", "::1"])
    certificate = x509.load_pem_x509_certificate(made.chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["stele.example.com"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7", "::1"]


@pytest.mark.parametrize("name", ["bücher.example", "a b", ""])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="host name"):
        self_signed(tmp_path, [name])
    assert not any(tmp_path.iterdir())


def test_what_cannot_be_used_is_refused_with_a_reason(folder: Path, tmp_path: Path) -> None:
    chain, key = str(folder / "cert.pem"), str(folder / "key.pem")
    for given in ((chain, None), (None, key)):
        with pytest.raises(RequestError, match="belong together"):
            certificate_of(*given)
    with pytest.raises(RequestError, match="No such file"):
        certificate_of(chain, str(tmp_path / "none.pem"))
    other = self_signed(tmp_path / "other", ["localhost"])
    with pytest.raises(RequestError, match="cannot be used with the key"):
        certificate_of(chain, str(other.key))
    locked = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    with pytest.raises(RequestError, match="passphrase"):
        certificate_of(chain, str(tmp_path / "locked.pem"))


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[int]:
    """A server that speaks TLS; gives its port."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STELE_")}
    tls = ["--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"]
    options = ["--port", "0", "--grpc-port", "0", "--workers", "1", "--data", tmp_path / "data"]
    command = [*PROGRAM, "serve", *options, *tls]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        assert address.startswith("https://")
        yield int(address.rpartition(":")[2])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_http_is_spoken_over_tls(server: int, folder: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    connection = http.client.HTTPSConnection("localhost", server, context=trusting, timeout=20)
    connection.request("GET", "/readyz")
    assert connection.getresponse().read() == b"ready\n"
    connection.close()
    with socket.create_connection(("127.0.0.1", server), 20) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_a_taken_grpc_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ["--port", str(free_port()), "--grpc-port", port, "--data", tmp_path]
        done = subprocess.run([*PROGRAM, "serve", *options], capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert f"Address already in use (while attempting to bind on address ('127.0.0.1', {port}))" in done.stderr
    assert "--grpc-port names another port" in done.stderr


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    command = [*PROGRAM, "serve", "--port", "0", "--tls-cert", tmp_path / "none.pem", "--data", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "tls_cert and tls_key belong together" in done.stderr


def test_the_command_makes_one_that_works(tmp_path: Path) -> None:
    command = [*PROGRAM, "tls", "self-signed", "--out", tmp_path / "tls", "--name", "stele.example.com"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "vision.localhost" in done.stdout and "stele.example.com" in done.stdout
    assert certificate_of(str(tmp_path / "tls" / "cert.pem"), str(tmp_path / "tls" / "key.pem"))
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, "is not overwritten" in again.stderr) == (7, True)
