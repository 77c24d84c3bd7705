"""Which resolved addresses may be connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stele.adapters.egress.policy import EgressPolicy, Verdict, judge
from stele.adapters.egress.ranges import CARRIERS, NOT_PUBLIC, IPAddress, destination, is_public

DOC = Path(__file__).parents[2] / "docs" / "security.md"
DEFAULT = EgressPolicy()


def inside(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPAddress]:
    """Addresses of a network, its two ends first."""
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    return st.one_of(st.sampled_from([first, last]), st.integers(first, last)).map(kind)


not_public_v4 = st.sampled_from([n for n in NOT_PUBLIC if n.version == 4]).flatmap(inside)
any_v4 = st.ip_addresses(v=4)
public_v4 = any_v4.filter(is_public)


@given(st.sampled_from(list(NOT_PUBLIC)).flatmap(inside))
def test_every_address_of_the_table_is_refused(address: IPAddress) -> None:
    if any(address in carrier for carrier in CARRIERS):
        return  # inside ::/3, but judged by what they carry: the tests below
    assert judge(address, 443, DEFAULT) is Verdict.NOT_PUBLIC


@given(st.ip_addresses())
def test_whatever_python_calls_special_is_refused(address: IPAddress) -> None:
    special = (
        address.is_private
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    )
    if special and destination(address) == address:
        assert not is_public(address)


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
        "0.0.0.0/8", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        "2001:db8::/32", "100::/64", "4000::/3", "6000::/3", "8000::/3", "a000::/3", "c000::/3", "e000::/4",
    ],
)  # fmt: skip
def test_networks_are_refused_to_their_very_edges(network: str) -> None:
    for address in (ip_network(network)[0], ip_network(network)[-1]):
        assert not is_public(address)


@pytest.mark.parametrize(
    ("outside", "inside_"),
    [
        ("9.255.255.255", "10.0.0.0"), ("11.0.0.0", "10.255.255.255"), ("172.15.255.255", "172.16.0.0"),
        ("172.32.0.0", "172.31.255.255"), ("100.63.255.255", "100.64.0.0"), ("100.128.0.0", "100.127.255.255"),
        ("169.253.255.255", "169.254.0.0"), ("169.255.0.0", "169.254.255.255"), ("223.255.255.255", "224.0.0.0"),
        ("1.0.0.0", "0.255.255.255"), ("128.0.0.0", "127.255.255.255"), ("168.63.129.15", "168.63.129.16"),
        ("2001:200::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"), ("2003::", "2002:ffff::"), ("2000::", "1fff:ffff::"),
        ("3fff:1000::", "3fff:fff:ffff::"), ("3ffe:ffff::", "4000::"),
    ],
)  # fmt: skip
def test_neighbours_of_a_network_are_not_taken_with_it(outside: str, inside_: str) -> None:
    assert is_public(ip_address(outside))
    assert not is_public(ip_address(inside_))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1"])
def test_public_addresses_may_be_opened(address: str) -> None:
    assert judge(ip_address(address), 443, DEFAULT) is Verdict.CHECKED


@given(not_public_v4)
def test_no_way_of_carrying_an_ipv4_address_hides_it(inner: IPv4Address) -> None:
    number = int(inner)
    carried = [
        IPv6Address(number),  # IPv4-compatible
        IPv6Address((0xFFFF << 32) | number),  # IPv4-mapped
        IPv6Address((0xFFFF << 48) | number),  # IPv4-translated
        IPv6Address((0x64FF9B << 96) | number),  # NAT64
        IPv6Address((0x64FF9B0001 << 80) | number),  # NAT64 of the local network
        IPv6Address((0x2002 << 112) | (number << 80) | 1),  # 6to4
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFF_FFFF)),  # Teredo: the client, inverted
        IPv6Address((0x20010000 << 96) | (number << 64) | 1),  # Teredo: the server
    ]
    assert [address for address in carried if is_public(address)] == []


@given(public_v4)
def test_dual_stack_and_nat64_reach_the_public_internet(inner: IPv4Address) -> None:
    for carrier in CARRIERS:
        assert judge(IPv6Address(int(carrier[0]) | int(inner)), 443, DEFAULT) is Verdict.CHECKED


@given(st.ip_addresses(), st.integers(1, 65_535))
def test_a_port_outside_the_policy_is_never_opened(address: IPAddress, port: int) -> None:
    verdict = judge(address, port, DEFAULT)
    assert verdict.may_open == (is_public(address) and port in {80, 443})


def test_what_the_operator_allows_bypasses_networks_and_ports() -> None:
    policy = EgressPolicy(allow=(ip_network("127.0.0.1/32"), ip_network("fd00::/64")))
    assert judge(ip_address("127.0.0.1"), 9_000, policy) is Verdict.BYPASSED
    assert judge(ip_address("::ffff:127.0.0.1"), 9_000, policy) is Verdict.BYPASSED
    assert judge(ip_address("fd00::5"), 22, policy) is Verdict.BYPASSED
    assert judge(ip_address("127.0.0.2"), 443, policy) is Verdict.NOT_PUBLIC
    assert judge(ip_address("8.8.8.8"), 9_000, policy) is Verdict.PORT


def test_what_the_operator_denies_is_closed_even_where_it_allows_more() -> None:
    policy = EgressPolicy(allow=(ip_network("10.0.0.0/8"),), deny=(ip_network("10.0.0.7/32"), ip_network("9.9.9.0/24")))
    assert judge(ip_address("10.0.0.8"), 443, policy) is Verdict.BYPASSED
    assert judge(ip_address("10.0.0.7"), 443, policy) is Verdict.NOT_PUBLIC
    assert judge(ip_address("64:ff9b::a00:7"), 443, policy) is Verdict.NOT_PUBLIC
    assert judge(ip_address("9.9.9.9"), 443, policy) is Verdict.NOT_PUBLIC


def test_the_documentation_lists_every_network_with_its_reason() -> None:
    text = DOC.read_text()
    missing = [str(network) for network, why in NOT_PUBLIC.items() if f"| `{network}` | {why} |" not in text]
    assert missing == []


def test_the_documentation_lists_every_field_of_the_policy() -> None:
    text = DOC.read_text()
    assert [field for field in EgressPolicy.__struct_fields__ if f"| `{field}` |" not in text] == []
