"""How an address must be spelled: everything that can be decided without the network.

One parser (httpx's) reads an address, and what it read is what is opened: there is no second reading to disagree with.
What it lets through is narrowed here to plain host names and canonical IP addresses.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import httpx

from stele.adapters.egress.policy import EgressPolicy, Verdict, judge
from stele.adapters.egress.ranges import IPAddress
from stele.domain.errors import AddressForbidden
from stele.domain.value import Value

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
#: A last label that the C library may read as a number: then the whole is an IPv4 address in one of its old spellings
#: (127.1, 0177.0.0.1, 0x7f000001, 2130706433), as the WHATWG URL standard has it too ("ends in a number").
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

# The reasons. Each says what to do, none says anything about the network behind this server: an internal name that
# exists, one that does not, and a private address all get the same answer.
_NOT_PUBLIC = "its host is unknown or has no public address. Use an address that anyone on the Internet can open."
_MALFORMED = "it is not a valid address. Write it as scheme://host/path, with the host's usual spelling."
_CREDENTIALS = "it contains a user name or password. Use an address that needs none, e.g. a pre-signed one."


class Origin(Value):
    """How a target was come by, for messages: these only ever name `given`, what the caller supplied."""

    given: str
    lead: str = ""

    def redirected(self) -> Origin:
        return Origin(given=self.given, lead="it redirects to another address, and ")

    def forbidden(self, reason: str) -> AddressForbidden:
        return AddressForbidden(address=shown(self.given), reason=self.lead + reason)


class Target(Value):
    """An address that may be tried. `host` is a name in ASCII (IDNA), or an IP address without brackets."""

    origin: Origin
    url: httpx.URL
    scheme: str
    host: str
    port: int
    literal: IPAddress | None

    def forbidden(self, verdict: Verdict, policy: EgressPolicy) -> AddressForbidden:
        """The error for a verdict that does not allow to open it."""
        if verdict is Verdict.PORT:
            ports = ", ".join(str(port) for port in policy.ports)
            return self.origin.forbidden(f"its port is not one of those allowed here ({ports}).")
        return self.origin.forbidden(_NOT_PUBLIC)


def admitted(address: str, policy: EgressPolicy) -> Target:
    """Read a caller's address. Raises AddressForbidden for whatever can be ruled out without a lookup."""
    return _read(address, policy, Origin(given=address))


def following(target: Target, location: str, policy: EgressPolicy) -> Target:
    """Where a redirect of `target` leads, held to the same rules. Raises AddressForbidden."""
    origin = target.origin.redirected()
    try:
        address = str(target.url.join(location))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise origin.forbidden(_MALFORMED) from error
    after = _read(address, policy, origin)
    if target.scheme == "https" and after.scheme != "https":
        raise origin.forbidden("it is not encrypted, while the one before it is.")
    return after


def shown(address: str) -> str:
    """`address` as messages and logs may have it: without credentials, query and fragment, which often are secrets."""
    bare = re.split(r"[?#]", address, maxsplit=1)[0]
    bare = re.sub(r"//[^/]*@", "//", bare)
    return "".join(letter if letter.isprintable() else "�" for letter in bare)[:200]


def _read(address: str, policy: EgressPolicy, origin: Origin) -> Target:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise origin.forbidden(_MALFORMED) from error
    if url.scheme not in policy.schemes:
        raise origin.forbidden(f"only {' and '.join(policy.schemes)} addresses are opened.")
    if url.userinfo:
        raise origin.forbidden(_CREDENTIALS)
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    port = _DEFAULT_PORTS.get(url.scheme, 0) if url.port is None else url.port
    literal = _literal(host)
    named = literal is not None or (_NAME.fullmatch(host) and not _NUMBER.fullmatch(host.rpartition(".")[2]))
    if not named or not 1 <= port <= 65_535:
        raise origin.forbidden(_MALFORMED)
    url = url.copy_with(fragment=None)
    target = Target(origin=origin, url=url, scheme=url.scheme, host=host, port=port, literal=literal)
    verdict = _foreseen(target, policy)
    if verdict is not None and not verdict.may_open:
        raise target.forbidden(verdict, policy)
    return target


def _foreseen(target: Target, policy: EgressPolicy) -> Verdict | None:
    """The verdict, as far as it is known before the host is looked up."""
    if target.literal is not None:
        return judge(target.literal, target.port, policy)
    # With an allow-list the name may lead there, where any port goes.
    return Verdict.PORT if target.port not in policy.ports and not policy.allow else None


def _literal(host: str) -> IPAddress | None:
    """The IP address that `host` spells out canonically. A scope (fe80::1%eth0) makes it none: no caller needs one."""
    if "%" in host:
        return None
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None
