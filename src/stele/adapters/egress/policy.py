"""What callers' addresses may be, and the decision about one resolved address."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from stele.adapters.egress.ranges import IPAddress, IPNetwork, destination, is_public
from stele.domain.value import Value


class EgressPolicy(Value):
    """What may be opened. Sizes in bytes, times in seconds."""

    schemes: tuple[str, ...] = ("https", "http")
    ports: tuple[int, ...] = (443, 80)
    #: networks the operator opens to callers although they are not public; there any port may be used
    allow: tuple[IPNetwork, ...] = ()
    #: networks the operator closes although they are public: internal services on public numbers. Stronger than `allow`
    deny: tuple[IPNetwork, ...] = ()
    max_bytes: int = 200 * 1024 * 1024
    max_redirects: int = 5
    #: for everything together: lookups, connections, redirects, the last byte
    timeout_seconds: float = 300.0
    connect_seconds: float = 10.0
    #: how long the other side may be silent
    read_seconds: float = 30.0
    #: certificate authorities (PEM) trusted instead of the public ones
    ca_file: Path | None = None


class Verdict(StrEnum):
    """What the policy says about a resolved address and a port, and for which reason."""

    CHECKED = "checked"  #: a public address, and a port that is allowed
    BYPASSED = "bypassed"  #: in the operator's `allow`: neither the table of networks nor the port rule was applied
    NOT_PUBLIC = "not-public"
    PORT = "port"  #: a public address, but not on this port

    @property
    def may_open(self) -> bool:
        return self in {Verdict.CHECKED, Verdict.BYPASSED}


def judge(address: IPAddress, port: int, policy: EgressPolicy) -> Verdict:
    """What the policy says about a connection to `address` and `port`."""
    end = destination(address)
    if any(end in network for network in policy.deny):
        return Verdict.NOT_PUBLIC
    if any(end in network for network in policy.allow):
        return Verdict.BYPASSED
    if not is_public(address):
        return Verdict.NOT_PUBLIC
    return Verdict.CHECKED if port in policy.ports else Verdict.PORT
