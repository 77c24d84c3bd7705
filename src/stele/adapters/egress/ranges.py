"""Which networks are not the public Internet: one table, each with the reason and the document that says so.

Sources: the IANA IPv4 and IPv6 special-purpose address registries and the RFCs named beside each entry. The table is
our own, because `ipaddress.is_global` changes between Python releases and knows nothing of addresses carried in others.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

#: prefix → why no caller may reach it
NOT_PUBLIC: dict[IPNetwork, str] = {
    ip_network(prefix): why
    for prefix, why in (
        # IPv4
        ("0.0.0.0/8", "this host on this network; Linux connects 0.0.0.0 to itself (RFC 791, RFC 1122 3.2.1.3)"),
        ("10.0.0.0/8", "private use (RFC 1918)"),
        ("100.64.0.0/10", "shared behind a carrier's NAT; overlay networks and some clouds' metadata (RFC 6598)"),
        ("127.0.0.0/8", "loopback (RFC 1122 3.2.1.3)"),
        ("169.254.0.0/16", "link local; the metadata service of most clouds (RFC 3927)"),
        ("172.16.0.0/12", "private use (RFC 1918)"),
        ("192.0.0.0/24", "protocol assignments: DS-Lite, NAT64 discovery, port control (RFC 6890 2.1)"),
        ("192.0.2.0/24", "documentation, TEST-NET-1 (RFC 5737)"),
        ("192.88.99.0/24", "6to4 relay anycast, deprecated (RFC 7526)"),
        ("192.168.0.0/16", "private use (RFC 1918)"),
        ("198.18.0.0/15", "benchmarks between networks (RFC 2544)"),
        ("198.51.100.0/24", "documentation, TEST-NET-2 (RFC 5737)"),
        ("203.0.113.0/24", "documentation, TEST-NET-3 (RFC 5737)"),
        ("224.0.0.0/4", "multicast (RFC 5771)"),
        ("240.0.0.0/4", "reserved, and limited broadcast at its end (RFC 1112 4, RFC 8190)"),
        ("168.63.129.16/32", "a public number that inside Azure is the virtual machine's host (Azure documentation)"),
        # IPv6
        ("::/128", "unspecified; Linux connects it to itself (RFC 4291 2.5.2)"),
        ("::1/128", "loopback (RFC 4291 2.5.3)"),
        ("::/96", "IPv4-compatible, deprecated: carries an IPv4 address (RFC 4291 2.5.5.1)"),
        ("::ffff:0:0:0/96", "IPv4-translated: carries an IPv4 address (RFC 7915, from RFC 2765)"),
        ("64:ff9b:1::/48", "NAT64 of the local network: carries an IPv4 address (RFC 8215)"),
        ("100::/64", "discard only (RFC 6666)"),
        ("100:0:0:1::/64", "dummy prefix (RFC 9780)"),
        ("2001::/23", "protocol assignments, Teredo, ORCHID, benchmarks (RFC 2928, RFC 4380, RFC 7343, RFC 5180)"),
        ("2001:db8::/32", "documentation (RFC 3849)"),
        ("2002::/16", "6to4, its relays deprecated: carries an IPv4 address (RFC 3056, RFC 7526)"),
        ("3fff::/20", "documentation (RFC 9637)"),
        ("5f00::/16", "segment routing identifiers (RFC 9602)"),
        ("fc00::/7", "unique local, the private use of IPv6; some clouds' metadata (RFC 4193)"),
        ("fe80::/10", "link local (RFC 4291 2.5.6)"),
        ("fec0::/10", "site local, deprecated but still private (RFC 3879)"),
        ("ff00::/8", "multicast (RFC 4291 2.7)"),
        # Only 2000::/3 is global unicast: these three are all the rest of the address space.
        ("::/3", "not allocated as global unicast (RFC 4291 2.4, RFC 3587)"),
        ("4000::/2", "not allocated as global unicast (RFC 4291 2.4, RFC 3587)"),
        ("8000::/1", "not allocated as global unicast (RFC 4291 2.4, RFC 3587)"),
    )
}

#: The two prefixes whose last 32 bits are the IPv4 address that a connection really goes to, and whose other
#: addresses are in daily use: the sockets of a dual-stack host (RFC 4291 2.5.5.2), and IPv6-only networks that reach
#: the IPv4 Internet through NAT64 (RFC 6052 2.1). All other carriers are refused whole, by the table.
CARRIERS = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))


def destination(address: IPAddress) -> IPAddress:
    """Where a connection to `address` ends: the IPv4 address inside, for an address of `CARRIERS`; else itself."""
    if any(address in carrier for carrier in CARRIERS):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: IPAddress) -> bool:
    """Whether a connection to `address` ends on the public Internet."""
    end = destination(address)
    return not any(end in network for network in NOT_PUBLIC)
