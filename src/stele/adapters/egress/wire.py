"""Below HTTP: look a host up, judge every address, connect to one that was judged, and watch the clock.

httpcore asks a `NetworkBackend` for its connections. Ours is the only place where a name becomes an address, so what
was judged is what is connected to, and a second lookup that answers differently (DNS rebinding) never happens. TLS is
still spoken with the name: httpcore gives it as SNI, and the certificate is verified against it.
"""

from __future__ import annotations

import logging
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any, Protocol

import httpcore

from stele.adapters.egress.address import Target
from stele.adapters.egress.policy import EgressPolicy, Verdict, judge
from stele.adapters.egress.ranges import IPAddress
from stele.domain.errors import FetchFailed, TimedOut

log = logging.getLogger(__name__)

#: A name may resolve to hundreds of addresses; more than this many are not tried.
_TRIES = 8
#: Bytes given to the socket at once, so that a peer that reads slowly is noticed by the deadline.
_WRITE_BYTES = 16 * 1024
#: What the resolver says when a host has no address; everything else may be different later.
_NO_ADDRESS = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})


class Resolver(Protocol):
    """Names to addresses."""

    def resolve(self, host: str) -> Sequence[IPAddress]:
        """The addresses of `host`, best first; none when it has none. Raises OSError when that cannot be told now."""
        ...


class SystemResolver:
    """What the machine's own resolver says (`/etc/hosts`, DNS, …), ordered by RFC 6724."""

    def resolve(self, host: str) -> Sequence[IPAddress]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _NO_ADDRESS:
                return ()
            raise
        except UnicodeError:  # a label too long for the codec that Python puts names through
            return ()
        return tuple(ip_address(sockaddr[0]) for *_, sockaddr in found)


class Deadline:
    """The end of the time that an address may take, redirects and all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def within(self, timeout: float | None) -> float:
        """Seconds that the next step may take: `timeout`, or what is left if that is less. Raises TimedOut."""
        self.check()
        left = self._end - time.monotonic()
        return max(0.001, left if timeout is None else min(timeout, left))

    def check(self) -> None:
        """Raises TimedOut when the time is over."""
        if time.monotonic() >= self._end:
            raise TimedOut(where="the address", seconds=f"{self._seconds:g}")


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to one target only, under a policy."""

    def __init__(self, target: Target, policy: EgressPolicy, resolver: Resolver, deadline: Deadline) -> None:
        self._target = target
        self._policy = policy
        self._resolver = resolver
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises AddressForbidden, FetchFailed, TimedOut."""
        failure: Exception | None = None
        for address in self._judged()[:_TRIES]:
            limit = self._deadline.within(timeout)
            try:
                # The host is an IP address in its canonical spelling: connecting to it looks nothing up.
                stream = httpcore.SyncBackend().connect_tcp(
                    str(address), self._target.port, limit, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream, self._deadline)
        self._deadline.check()
        raise FetchFailed(reason="the server did not accept a connection. Check that it is running.") from failure

    def _judged(self) -> Sequence[IPAddress]:
        """Every address of the host, once all of them may be opened."""
        addresses = self._addresses()
        if not addresses:
            raise self._target.forbidden(Verdict.NOT_PUBLIC, self._policy)
        verdicts = {address: judge(address, self._target.port, self._policy) for address in addresses}
        # A public address beside a private one is no legitimate setup but an attempt to get past this.
        for wrong in (Verdict.NOT_PUBLIC, Verdict.PORT):
            if wrong in verdicts.values():
                raise self._target.forbidden(wrong, self._policy)
        for address, verdict in verdicts.items():
            log.debug("egress to %s at %s: %s", self._target.host, address, verdict)
        return tuple(verdicts)

    def _addresses(self) -> Sequence[IPAddress]:
        """Look the host up, in a thread of its own: the system's resolver knows no time limit."""
        if self._target.literal is not None:
            return (self._target.literal,)
        answer: queue.SimpleQueue[Sequence[IPAddress] | OSError] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answer.put(self._resolver.resolve(self._target.host))
            except OSError as error:
                answer.put(error)

        threading.Thread(target=look_up, name="egress-lookup", daemon=True).start()
        try:
            found = answer.get(timeout=self._deadline.within(self._policy.connect_seconds))
        except queue.Empty:
            found = TimeoutError()
        if isinstance(found, OSError):
            self._deadline.check()
            raise FetchFailed(reason="its host name could not be looked up just now. Try again later.") from found
        return found


class DeadlineStream(httpcore.NetworkStream):
    """A connection none of whose steps may end after the deadline, however short the silences between them are."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        limit = self._deadline.within(timeout)
        try:
            return self._stream.read(max_bytes, limit)
        except httpcore.ReadTimeout:
            self._deadline.check()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_BYTES):
            limit = self._deadline.within(timeout)
            try:
                self._stream.write(buffer[start : start + _WRITE_BYTES], limit)
            except httpcore.WriteTimeout:
                self._deadline.check()
                raise

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._deadline.within(timeout)
        try:
            return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)
        except httpcore.ConnectTimeout:
            self._deadline.check()
            raise
        except httpcore.ConnectError as error:
            raise FetchFailed(reason=_tls_reason(error)) from error

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _tls_reason(error: httpcore.ConnectError) -> str:
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return "the server's certificate could not be verified: expired, for another name, or of an unknown authority."
    return "no secure connection could be made. Check that the server speaks TLS 1.2 or newer on that port."
