"""How an address may be spelled: decided before anything is looked up or connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stele.adapters.egress import EgressPolicy, GuardedEgress
from stele.adapters.egress.address import admitted, shown
from stele.adapters.egress.ranges import is_public
from stele.domain.errors import AddressForbidden

POLICY = EgressPolicy()
EGRESS = GuardedEgress(POLICY)


def reason(address: str, policy: EgressPolicy = POLICY) -> str:
    with pytest.raises(AddressForbidden) as caught:
        admitted(address, policy)
    return str(caught.value.details["reason"])


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a.pdf",
        "http://example.com",
        "HTTPS://EXAMPLE.COM:443/",
        "http://example.com:443/",
        "https://example.com./a.pdf",
        "https://8.8.8.8/x",
        "https://[2606:4700:4700::1111]/x",
        "https://bücher.example/ü.pdf?q=ä#s",
        "https://xn--bcher-kva.example/",
        "https://some_bucket.s3.amazonaws.com/key?X-Amz-Signature=abc",
        "https://0x7f.example.com/",
        "https://1.2.3.4.example.com/",
        "https://example.com/path?next=http://127.0.0.1/@x",
        "https://example.com/#@127.0.0.1",
    ],
)
def test_ordinary_addresses_are_admitted(address: str) -> None:
    EGRESS.check(address)


def test_an_international_name_is_looked_up_in_ascii() -> None:
    assert admitted("https://Bücher.example/", POLICY).host == "xn--bcher-kva.example"
    assert admitted("https://bücher。example/", POLICY).host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://example.com/a", "gopher://example.com/", "data:text/plain,x",
        "javascript:alert(1)", "//example.com/a", "example.com", "/etc/passwd", "", " https://example.com", "s3://bucket/key",
        "unix:///var/run/docker.sock", "httpx://example.com", "jar:http://example.com!/a",
    ],
)  # fmt: skip
def test_other_schemes_are_refused(address: str) -> None:
    assert "only https and http" in reason(address)


def test_the_policy_may_want_encryption() -> None:
    assert reason("http://example.com/", EgressPolicy(schemes=("https",))) == "only https addresses are opened."


@pytest.mark.parametrize(
    "address",
    [
        "https://user:secret@example.com/", "https://user@example.com/", "https://:@example.com/",
        "http://example.com@127.0.0.1/", "http://8.8.8.8%2F@127.0.0.1/", "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\@example.com/", "http://a@b@c/",
    ],
)  # fmt: skip
def test_credentials_in_the_address_are_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(AddressForbidden) as caught:
        admitted(address, POLICY)
    assert "user name or password" in caught.value.message
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "address",
    [
        "http:///path", "http://", "http:example.com", "https:/example.com/x", "http://exa mple.com/",
        "http://example.com:port/", "http://example.com:-1/", "http://example.com:0/", "http://example.com:65536/",
        "http://-a.example/", "http://a-.example/", "http://a..b/", "http://.a/", "http://a%00b/", "http://%31.com/",
        "http://127.0.0.1\t/", "http://example.com\r\nHost: internal/", "http://[::1", "http://[1:2:3]/",
        "http://[fe80::1%25eth0]/", "http://[::1%25lo]/", "http://[v1.x]/", "http://ⓔxample.com/", "http://\udcff/",
        "http://a/\udcff", "http://" + "a" * 64 + ".com/", "http://" + "a." * 127 + "com/", "http://a*b/", "http://a,b/",
        "https://example.com/" + "a" * 70_000,
    ],
)  # fmt: skip
def test_malformed_addresses_are_refused(address: str) -> None:
    assert "not a valid address" in reason(address)
    assert "not a valid address" in reason(address, EgressPolicy(allow=(ip_network("0.0.0.0/0"),)))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1.", "10.1.2.3", "0.0.0.0", "169.254.169.254", "255.255.255.255", "127。0。0。1",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]", "[0:0:0:0:0:0:0:1]",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_all_get_the_same_answer(host: str) -> None:
    assert reason(f"http://{host}/") == reason("http://192.168.0.1/")
    assert reason(f"https://{host}:9000/") == reason("http://192.168.0.1/")


def old_spellings(address: IPv4Address) -> list[str]:
    """What the C library's `inet_aton` takes for this address, apart from the canonical spelling."""
    number, (a, b, c, d) = int(address), address.packed
    return [
        str(number), hex(number), f"0{number:o}", f"0X{number:X}",
        f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}",
        f"0{a:o}.{b}.{c}.{d}", f"0x{a:x}.{b}.{c}.{d}", f"{a}.{b}.{c}.0{d:o}", f"{a}.{b}.{c}.0x{d:x}",
        f"00{a:o}.00{b:o}.00{c:o}.00{d:o}", f"{a:03}.{b:03}.{c:03}.{d:03}.",
    ]  # fmt: skip


@given(st.ip_addresses(v=4))
@example(IPv4Address("127.0.0.1"))
@example(IPv4Address("8.8.8.8"))
def test_ipv4_addresses_in_old_spellings_are_refused_whatever_they_mean(address: IPv4Address) -> None:
    for host in old_spellings(address):
        if host.removesuffix(".") == str(address):
            continue
        with pytest.raises(AddressForbidden):
            admitted(f"http://{host}/", EgressPolicy(allow=(ip_network("0.0.0.0/0"),)))


@given(st.ip_addresses())
def test_a_literal_address_is_admitted_exactly_when_it_is_public(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    try:
        EGRESS.check(f"https://{host}/a.pdf")
    except AddressForbidden:
        assert not is_public(address)  # type: ignore[arg-type]
    else:
        assert is_public(address)  # type: ignore[arg-type]


def test_ports() -> None:
    for address in ("https://example.com:8443/", "http://8.8.8.8:22/", "https://[2606:4700:4700::1111]:6379/"):
        assert reason(address) == "its port is not one of those allowed here (443, 80)."
    assert admitted("https://example.com:8443/", EgressPolicy(ports=(8443,))).port == 8443
    # The name may lead into an allowed network, where any port goes: only a lookup can tell.
    assert admitted("https://example.com:8443/", EgressPolicy(allow=(ip_network("10.0.0.0/8"),))).port == 8443


@given(st.text())
def test_any_text_is_admitted_or_refused_but_nothing_else(text: str) -> None:
    for address in (text, f"http://{text}", f"http://{text}/", f"https://example.com/{text}", f"http://8.8.8.8:{text}"):
        try:
            target = admitted(address, POLICY)
        except AddressForbidden:
            continue
        assert target.scheme in {"http", "https"}
        assert target.port in {80, 443}
        assert target.host.isascii()


def test_messages_hold_neither_credentials_nor_signatures() -> None:
    assert shown("https://u:p@example.com/a.pdf?X-Amz-Signature=abc#x") == "https://example.com/a.pdf"
    assert shown("http://a\n\x1b[31m/") == "http://a��[31m/"
    assert len(shown("https://example.com/" + "a" * 1_000)) == 200
