"""The guarded egress against real servers: what it fetches, what it refuses, and when it gives up."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest
from egress_server import FakeResolver, by_path, drip, redirect, reply, serving, stream

from stele.adapters.egress import EgressPolicy, GuardedEgress
from stele.adapters.egress.ranges import IPAddress
from stele.domain.errors import AddressForbidden, FetchFailed, FetchRefused, FileTooLarge, TimedOut
from stele.domain.value import changed

#: 127.0.0.1 stands for the public Internet here, every other address of loopback for the internal network.
LOCAL = EgressPolicy(allow=(ip_network("127.0.0.1/32"),), max_bytes=1_000_000, timeout_seconds=5.0)
METADATA = "http://169.254.169.254/latest/meta-data/"


def fetched(address: str, policy: EgressPolicy = LOCAL, resolver: FakeResolver | None = None) -> bytes:
    out = io.BytesIO()
    result = GuardedEgress(policy, resolver or FakeResolver()).fetch(address, out)
    assert result.size == len(out.getvalue())
    return out.getvalue()


def forbidden(address: str, resolver: FakeResolver | None = None, policy: EgressPolicy = LOCAL) -> str:
    with pytest.raises(AddressForbidden) as caught:
        fetched(address, policy, resolver)
    return caught.value.message


# -- what works --------------------------------------------------------------------------------------------------------


def test_a_body_is_fetched_with_what_the_server_says_about_it() -> None:
    answer = reply(b"%PDF-1.7", content_type="Application/PDF; name=x", etag='"abc"')
    with serving(answer) as server:
        out = io.BytesIO()
        result = GuardedEgress(LOCAL).fetch(server.url("/a.pdf?token=1#page=2"), out)
    assert out.getvalue() == b"%PDF-1.7"
    assert (result.size, result.media_type, result.etag) == (8, "application/pdf", '"abc"')
    assert result.final_address == server.url("/a.pdf?token=1")
    head = server.requests[0].lower()
    assert head.startswith("get /a.pdf?token=1 http/1.1\r\n")
    assert f"\r\nhost: 127.0.0.1:{server.port}\r\n" in head
    assert "\r\naccept-encoding: identity\r\n" in head
    assert "cookie" not in head
    assert "authorization" not in head


def test_a_chunked_body_and_one_without_a_length_are_fetched() -> None:
    chunked = stream(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"4\r\nabcd\r\n", 3)

    def ended(request: str, connection: socket.socket) -> None:
        chunked(request, connection)
        connection.sendall(b"0\r\n\r\n")

    endless = stream(b"HTTP/1.1 200 OK\r\n\r\n", b"abcd", 3)
    with serving(by_path(chunked=ended, endless=endless)) as server:
        assert fetched(server.url("/chunked")) == b"abcd" * 3
        assert fetched(server.url("/endless")) == b"abcd" * 3


def test_a_name_is_looked_up_once_and_sent_as_the_host() -> None:
    resolver = FakeResolver(files_example=[["127.0.0.1"]])
    with serving(reply(b"x")) as server:
        assert fetched(f"http://Files.Example:{server.port}/", resolver=resolver) == b"x"
    assert resolver.asked == ["files.example"]
    assert f"host: files.example:{server.port}" in server.requests[0].lower()


def test_an_international_name_is_looked_up_and_sent_in_ascii() -> None:
    resolver = FakeResolver(**{"xn--bcher-kva_example": [["127.0.0.1"]]})
    with serving(reply(b"x")) as server:
        assert fetched(f"http://Bücher.example:{server.port}/ü", resolver=resolver) == b"x"
    assert server.requests[0].startswith("GET /%C3%BC ")
    assert "xn--bcher-kva.example" in server.requests[0]


def test_ipv6_addresses() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    policy = changed(LOCAL, allow=(ip_network("::1/128"),))
    try:
        with serving(reply(b"six"), host="::1") as server:
            assert fetched(server.url(), policy) == b"six"
            assert f"host: [::1]:{server.port}" in server.requests[0].lower()
            assert fetched(f"http://six.example:{server.port}/", policy, FakeResolver(six_example=[["::1"]])) == b"six"
            forbidden(server.url())
            assert server.connections == 2
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    policy = changed(LOCAL, allow=(ip_network("127.0.0.0/8"),))
    resolver = FakeResolver(two_example=[["127.0.0.9", "127.0.0.1"]])
    with serving(reply(b"x")) as server:
        assert fetched(f"http://two.example:{server.port}/", policy, resolver) == b"x"


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"direct")) as server, serving(reply(b"by proxy")) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert fetched(server.url()) == b"direct"
        assert proxy.connections == 0


# -- where an address leads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.2"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.2"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::"],
        ["127.0.0.1", "127.0.0.2"],
        ["127.0.0.1", "fd00::1"],
        [],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_refused_without_a_connection(addresses: Sequence[str]) -> None:
    resolver = FakeResolver(**{"127_0_0_1_nip_io": [addresses]}, private_example=[["192.168.0.1"]])
    with serving(reply(b"x")) as server, serving(reply(b"internal"), host="127.0.0.2") as internal:
        message = forbidden(f"http://127.0.0.1.nip.io:{internal.port}/", resolver)
        other = forbidden(f"http://private.example:{internal.port}/", resolver)
        assert server.connections == internal.connections == 0
    assert message.replace("127.0.0.1.nip.io", "private.example") == other


def test_a_public_name_on_another_port_is_refused() -> None:
    resolver = FakeResolver(public_example=[["8.8.8.8"]])
    assert "its port is not one of those allowed here (443, 80)" in forbidden("http://public.example:22/", resolver)


def test_a_lookup_that_changes_its_answer_changes_nothing() -> None:
    """DNS rebinding: a check that looks the name up and a client that does so again would end at 127.0.0.2."""
    resolver = FakeResolver(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
    with serving(reply(b"public")) as server:
        address = f"http://rebind.example:{server.port}/"
        egress = GuardedEgress(LOCAL, resolver)
        egress.check(address)
        out = io.BytesIO()
        egress.fetch(address, out)
        assert out.getvalue() == b"public"
        assert resolver.asked == ["rebind.example"]
        # The next fetch looks it up anew, and meets the private address.
        forbidden(address, resolver)
        assert server.connections == 1


def test_the_systems_resolver_is_guarded_too() -> None:
    with serving(reply(b"x")) as server:
        policy = changed(LOCAL, allow=(ip_network("127.0.0.2/32"),))
        with pytest.raises(AddressForbidden):
            GuardedEgress(policy).fetch(f"http://localhost:{server.port}/", io.BytesIO())
        out = io.BytesIO()
        policy = changed(LOCAL, allow=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
        GuardedEgress(policy).fetch(f"http://localhost:{server.port}/", out)
        assert (out.getvalue(), server.connections) == (b"x", 1)


# -- redirects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    with serving(by_path(a=redirect("/b/c?d=e", status), b=reply(b"end"))) as server:
        out = io.BytesIO()
        result = GuardedEgress(LOCAL).fetch(server.url("/a"), out)
    assert out.getvalue() == b"end"
    assert result.final_address == server.url("/b/c?d=e")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (METADATA, "no public address"),
        ("http://127.0.0.2/", "no public address"),
        ("http://2130706433/", "not a valid address"),
        ("//127.0.0.2/x", "no public address"),
        ("http://inner.example/", "no public address"),
        ("http://unknown.example/", "no public address"),
        ("http://8.8.8.8:22/", "port"),
        ("ftp://127.0.0.1/", "only https and http"),
        ("file:///etc/passwd", "only https and http"),
        ("gopher://127.0.0.1/_x", "only https and http"),
        ("http://u:p@127.0.0.1/", "user name"),
        ("http://[::1", "not a valid address"),
    ],
)
def test_a_redirect_is_held_to_the_same_rules(location: str, reason: str) -> None:
    resolver = FakeResolver(inner_example=[["10.0.0.7"]])
    with serving(redirect(location)) as server:
        message = forbidden(server.url("/start"), resolver)
        assert server.connections == 1
    assert reason in message
    assert "it redirects to another address, and" in message
    assert server.url("/start") in message  # what the caller gave, and nothing of where it led
    assert "169.254" not in message
    assert "inner" not in message


def test_a_redirect_may_not_drop_encryption() -> None:
    from stele.adapters.egress.address import admitted, following

    with pytest.raises(AddressForbidden, match="not encrypted"):
        following(admitted("https://example.com/", LOCAL), "http://example.com/", LOCAL)
    assert following(admitted("http://example.com/", LOCAL), "https://example.com/a", LOCAL).scheme == "https"


def test_a_redirect_is_looked_up_anew() -> None:
    resolver = FakeResolver(rebind_example=[["127.0.0.1"], ["127.0.0.2"]])
    with serving(by_path(a=redirect("/b"), b=reply(b"x"))) as server:
        assert "redirects" in forbidden(f"http://rebind.example:{server.port}/a", resolver)
        assert server.connections == 1


def test_five_redirects_are_followed_and_no_more() -> None:
    def countdown(request: str, connection: socket.socket) -> None:
        left = int(request.split(" ")[1].strip("/"))
        (redirect(f"/{left - 1}") if left else reply(b"end"))(request, connection)

    with serving(countdown) as server:
        assert fetched(server.url("/5")) == b"end"
        with pytest.raises(FetchFailed, match="more than 5 times"):
            fetched(server.url("/6"))
        assert server.connections == 12


def test_a_redirect_to_nowhere_fails() -> None:
    with serving(reply(b"", 302)) as server, pytest.raises(FetchFailed, match="without saying where"):
        fetched(server.url())


# -- amounts -----------------------------------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    with serving(stream(b"HTTP/1.1 200 OK\r\ncontent-length: 1000001\r\n\r\n", b"x", 1)) as server:
        out = io.BytesIO()
        with pytest.raises(FileTooLarge, match="has 1000001 bytes; the limit is 1000000"):
            GuardedEgress(LOCAL).fetch(server.url(), out)
        assert out.getvalue() == b""


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"),
    ],
)
def test_a_body_larger_than_the_limit_is_cut(head: bytes, chunk: bytes) -> None:
    with serving(stream(head, chunk, 100_000)) as server:
        out = io.BytesIO()
        with pytest.raises(FileTooLarge, match="more than 1000000"):
            GuardedEgress(LOCAL).fetch(server.url("/big?signature=secret"), out)
        assert len(out.getvalue()) <= LOCAL.max_bytes


def test_a_body_of_just_the_limit_is_fetched() -> None:
    with serving(reply(b"x" * 1_000_000)) as server:
        assert len(fetched(server.url())) == 1_000_000


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with serving(reply(bomb, content_encoding="gzip")) as server:
        out = io.BytesIO()
        with pytest.raises(FetchFailed, match="compress"):
            GuardedEgress(LOCAL).fetch(server.url(), out)
        assert out.getvalue() == b""
    with serving(reply(bomb, content_type="application/gzip")) as server:
        assert fetched(server.url()) == bomb  # a file that happens to be compressed is just bytes


def test_a_body_that_ends_early_is_an_error() -> None:
    with (
        serving(stream(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", b"x", 5)) as server,
        pytest.raises(FetchFailed, match="connection broke"),
    ):
        fetched(server.url())


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"x-header: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "head", "continue"],
)
def test_a_server_that_is_never_silent_and_never_done_hits_the_total_limit(head: bytes, piece: bytes) -> None:
    policy = changed(LOCAL, timeout_seconds=0.6)
    with serving(drip(head, piece, 0.05)) as server:
        began = time.monotonic()
        with pytest.raises(TimedOut, match=r"longer than 0\.6 s"):
            fetched(server.url(), policy)
        assert 0.5 < time.monotonic() - began < 2


def test_a_flood_hits_the_total_limit_although_no_read_ever_waits() -> None:
    with serving(stream(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000, 100_000)) as server:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            fetched(server.url(), changed(LOCAL, timeout_seconds=0.5))
        assert time.monotonic() - began < 2


def test_redirects_share_one_time_limit() -> None:
    def slow(request: str, connection: socket.socket) -> None:
        time.sleep(0.25)
        redirect("/again")(request, connection)

    with serving(slow) as server:
        began = time.monotonic()
        with pytest.raises(TimedOut):
            fetched(server.url(), changed(LOCAL, timeout_seconds=0.6))
        assert time.monotonic() - began < 2


def test_a_silent_server_fails_before_the_total_limit() -> None:
    with serving(drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", b"", 5)) as server:
        began = time.monotonic()
        with pytest.raises(FetchFailed, match="stopped answering"):
            fetched(server.url(), changed(LOCAL, read_seconds=0.3))
        assert time.monotonic() - began < 2


def test_a_name_server_that_hangs_hits_the_limits() -> None:
    class Hanging:
        def resolve(self, host: str) -> Sequence[IPAddress]:
            released.wait(10)
            return (ip_address("127.0.0.1"),)

    released = threading.Event()
    try:
        with pytest.raises(FetchFailed, match="looked up"):
            GuardedEgress(changed(LOCAL, connect_seconds=0.2), Hanging()).fetch("http://slow.example/", io.BytesIO())
        with pytest.raises(TimedOut):
            GuardedEgress(changed(LOCAL, timeout_seconds=0.2), Hanging()).fetch("http://slow.example/", io.BytesIO())
    finally:
        released.set()


# -- answers that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 410])
def test_a_refusal_is_final_and_its_body_is_not_repeated(status: int) -> None:
    body = b"" if status in {204, 304} else b"internal detail"
    with serving(reply(body, status)) as server, pytest.raises(FetchRefused) as caught:
        fetched(server.url())
    assert f"answered {status}" in caught.value.message
    assert "internal detail" not in caught.value.message
    assert not caught.value.retryable


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_may_be_tried_again(status: int) -> None:
    with serving(reply(b"trace", status)) as server, pytest.raises(FetchFailed) as caught:
        fetched(server.url())
    assert f"answered {status}" in caught.value.message
    assert caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"+PONG\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1, 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 40_000,
    ],
)
def test_what_is_not_http_is_an_error_that_repeats_none_of_it(answer: bytes) -> None:
    with serving(stream(answer, b"", 0)) as server, pytest.raises(FetchFailed) as caught:
        fetched(server.url())
    assert "did not speak HTTP" in caught.value.message
    assert "SSH" not in caught.value.message


def test_a_closed_port_is_an_error() -> None:
    with serving(reply(b"x")) as server:
        address = server.url()
    with pytest.raises(FetchFailed, match="did not accept a connection"):
        fetched(address)


# -- post --------------------------------------------------------------------------------------------------------------


def test_a_post_sends_the_body_and_its_headers() -> None:
    with serving(reply(b"thanks", 202)) as server:
        answer = GuardedEgress(LOCAL).post(server.url("/hook"), b'{"a":1}', {"content-type": "application/json"})
    assert (answer.status, answer.retry_after) == (202, None)
    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert head.startswith("POST /hook HTTP/1.1")
    assert "content-length: 7" in head.lower()
    assert "content-type: application/json" in head.lower()
    assert body == '{"a":1}'


def test_a_posts_redirect_is_given_back_and_not_followed() -> None:
    with serving(redirect("/elsewhere", 307)) as server:
        assert GuardedEgress(LOCAL).post(server.url(), b"x", {}).status == 307
        assert server.connections == 1


def test_a_post_is_guarded_like_a_fetch() -> None:
    with serving(reply(b"x"), host="127.0.0.2") as server, pytest.raises(AddressForbidden):
        GuardedEgress(LOCAL).post(server.url(), b"x", {})
    assert server.connections == 0


def test_a_posts_answer_is_not_read() -> None:
    with serving(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1_000, 0.01)) as server:
        began = time.monotonic()
        assert GuardedEgress(LOCAL).post(server.url(), b"x", {}).status == 200
        assert time.monotonic() - began < 1


def test_a_receiver_that_does_not_take_the_body_hits_the_total_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts, and never reads
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(TimedOut):
            GuardedEgress(changed(LOCAL, timeout_seconds=0.5)).post(address, bytes(50_000_000), {})
        assert time.monotonic() - began < 2


def test_retry_after_is_understood_in_both_its_forms() -> None:
    def retry_after(value: str) -> float | None:
        with serving(reply(b"", 503, retry_after=value)) as server:
            return GuardedEgress(LOCAL).post(server.url(), b"", {}).retry_after

    assert retry_after("120") == 120.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    later = retry_after("Fri, 31 Dec 2999 23:59:59 GMT")
    assert later is not None
    assert later > 1e9
    for nonsense in ("soon", "-5", "1.5", "1e3", ""):
        assert retry_after(nonsense) is None
