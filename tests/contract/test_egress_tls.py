"""The guarded egress over TLS: connected to a checked address, but spoken and verified with the host's name."""

from __future__ import annotations

import io
import shutil
import socket
import ssl
import subprocess
import time
from ipaddress import ip_network
from pathlib import Path

import pytest
from egress_server import FakeResolver, redirect, reply, serving

from stele.adapters.egress import EgressPolicy, GuardedEgress
from stele.domain.errors import AddressForbidden, FetchFailed, TimedOut
from stele.domain.value import changed


class Authority:
    """A certificate authority made for the test, and a server's certificate for `files.example` by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ca = folder / "ca.pem"
        extensions = folder / "extensions"
        extensions.write_text("subjectAltName=DNS:files.example,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        authority = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign"
        self._openssl(f"req -x509 {key} -days 2 -subj /CN=Test {authority} -keyout ca.key -out ca.pem")
        self._openssl(f"req {key} -subj /CN=files.example -keyout server.key -out server.csr")
        by_authority = "-CA ca.pem -CAkey ca.key -set_serial 7"
        self._openssl(f"x509 -req -in server.csr {by_authority} -days 2 -extfile extensions -out server.pem")

    def server(self) -> tuple[ssl.SSLContext, list[str | None]]:
        """A server's side of TLS, and the names that clients ask for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        names: list[str | None] = []
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        return context, names

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self._folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def policy(authority: Authority) -> EgressPolicy:
    return EgressPolicy(allow=(ip_network("127.0.0.1/32"),), ca_file=authority.ca, timeout_seconds=5.0)


def fetched(address: str, policy: EgressPolicy, resolver: FakeResolver) -> bytes:
    out = io.BytesIO()
    GuardedEgress(policy, resolver).fetch(address, out)
    return out.getvalue()


@pytest.fixture
def resolver() -> FakeResolver:
    return FakeResolver(files_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])


def test_the_name_is_asked_for_and_verified(authority: Authority, policy: EgressPolicy, resolver: FakeResolver) -> None:
    tls, names = authority.server()
    with serving(reply(b"safe"), tls=tls) as server:
        assert fetched(f"https://files.example:{server.port}/a", policy, resolver) == b"safe"
        assert fetched(f"https://files.example.:{server.port}/a", policy, resolver) == b"safe"
        assert fetched(f"https://127.0.0.1:{server.port}/a", policy, resolver) == b"safe"
    assert names == ["files.example", "files.example", None]  # RFC 6066: an IP address is not sent as a name
    assert server.requests[0].startswith("GET /a HTTP/1.1")


def test_a_certificate_for_another_name_is_refused(
    authority: Authority, policy: EgressPolicy, resolver: FakeResolver
) -> None:
    tls, names = authority.server()
    with (
        serving(reply(b"x"), tls=tls) as server,
        pytest.raises(FetchFailed, match="certificate could not be verified"),
    ):
        fetched(f"https://other.example:{server.port}/", policy, resolver)
    assert names == ["other.example"]
    assert server.requests == []


def test_an_unknown_authority_is_refused(authority: Authority, policy: EgressPolicy, resolver: FakeResolver) -> None:
    tls, _ = authority.server()
    with serving(reply(b"x"), tls=tls) as server, pytest.raises(FetchFailed, match="unknown authority"):
        fetched(f"https://files.example:{server.port}/", changed(policy, ca_file=None), resolver)
    assert server.requests == []


def test_the_environment_adds_no_authority(
    authority: Authority, policy: EgressPolicy, resolver: FakeResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    tls, _ = authority.server()
    with serving(reply(b"x"), tls=tls) as server, pytest.raises(FetchFailed, match="certificate"):
        fetched(f"https://files.example:{server.port}/", changed(policy, ca_file=None), resolver)


def test_a_redirect_to_plain_http_is_refused(
    authority: Authority, policy: EgressPolicy, resolver: FakeResolver
) -> None:
    tls, _ = authority.server()
    with (
        serving(reply(b"x")) as plain,
        serving(redirect(plain.url()), tls=tls) as server,
        pytest.raises(AddressForbidden, match="not encrypted"),
    ):
        fetched(f"https://files.example:{server.port}/", policy, resolver)
    assert plain.connections == 0


def test_a_server_without_tls_is_an_error(policy: EgressPolicy, resolver: FakeResolver) -> None:
    with serving(reply(b"x")) as server, pytest.raises(FetchFailed, match="secure connection"):
        fetched(f"https://files.example:{server.port}/", policy, resolver)


def test_a_handshake_that_never_comes_hits_the_limits(policy: EgressPolicy, resolver: FakeResolver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://files.example:{silent.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(TimedOut):
            fetched(address, changed(policy, timeout_seconds=0.3), resolver)
        with pytest.raises(FetchFailed):
            fetched(address, changed(policy, connect_seconds=0.3), resolver)
        assert time.monotonic() - began < 3


def test_a_file_of_authorities_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        GuardedEgress(EgressPolicy(ca_file=tmp_path / "missing.pem"))
