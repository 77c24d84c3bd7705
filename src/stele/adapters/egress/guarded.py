"""Open an address that a caller supplied: the only function of Stele that does is `_opened`, below.

It follows no redirect by itself, decodes nothing, keeps no cookies, sends no credentials and takes no proxy from the
environment: it uses httpcore, which has none of these, under the guard of `wire.py`.
"""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpcore
import httpx

from stele import __version__
from stele.adapters.egress.address import Target, admitted, following, shown
from stele.adapters.egress.policy import EgressPolicy
from stele.adapters.egress.wire import Deadline, GuardedBackend, Resolver, SystemResolver
from stele.domain.errors import FetchBusy, FetchFailed, FetchRefused, FileTooLarge
from stele.domain.value import Value

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Answers of a server that may well be another one later (RFC 9110, RFC 6585).
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class Sink(Protocol):
    """What a body is written to: a binary file, or a blob being written."""

    def write(self, data: bytes, /) -> object: ...


class Fetched(Value):
    """What was fetched: `size` bytes. `media_type` and `etag` are the server's words, and no more than that."""

    size: int
    media_type: str | None
    final_address: str
    etag: str | None


class Posted(Value):
    """The answer to a post: any HTTP status. `retry_after` is seconds from now."""

    status: int
    retry_after: float | None


class GuardedEgress:
    """Opens callers' addresses under one policy. May be shared by threads. A child process makes its own."""

    def __init__(self, policy: EgressPolicy, resolver: Resolver | None = None) -> None:
        """Raises OSError when `policy.ca_file` cannot be read."""
        self._policy = policy
        self._resolver = resolver or SystemResolver()
        self._trust = _trust(policy.ca_file)

    def check(self, address: str) -> None:
        """Refuse at once what can be refused without the network. Raises AddressForbidden."""
        admitted(address, self._policy)

    def fetch(self, address: str, out: Sink, offset: int = 0, max_bytes: int | None = None) -> Fetched:
        """Write what `address` holds, from the byte `offset` on, to `out`. When this raises, `out` may hold a part.
        More than `max_bytes` in all are not taken, nor more than the policy allows.

        A server that cannot answer with a part is heard from its first byte on, and the part before is left out.
        Raises AddressForbidden, FetchRefused, FetchFailed, FileTooLarge, TimedOut.
        """
        deadline = Deadline(self._policy.timeout_seconds)
        limit = min(self._policy.max_bytes, max_bytes or self._policy.max_bytes)
        target = admitted(address, self._policy)
        for _ in range(self._policy.max_redirects + 1):
            wanted = {"accept": "*/*"} | ({"range": f"bytes={offset}-"} if offset else {})
            with self._opened("GET", target, deadline, wanted) as response:
                if response.status not in _REDIRECTS:
                    return Fetched(
                        size=self._body(target, response, out, offset, limit=limit),
                        media_type=_media_type(response),
                        final_address=str(target.url),
                        etag=_header(response, b"etag"),
                    )
                location = _header(response, b"location")
            if location is None:
                raise FetchFailed(reason="it redirects without saying where to.")
            target = following(target, location, self._policy)
        raise FetchFailed(reason=f"it redirects more than {self._policy.max_redirects} times. Give the final address.")

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Send `body` to `address`. Every answer is given back, redirects too; its body is not read.

        Raises AddressForbidden, FetchFailed, TimedOut.
        """
        deadline = Deadline(self._policy.timeout_seconds)
        target = admitted(address, self._policy)
        sent = {**headers, "content-length": str(len(body))}
        with self._opened("POST", target, deadline, sent, body) as response:
            return Posted(status=response.status, retry_after=_seconds(_header(response, b"retry-after")))

    @contextmanager
    def _opened(
        self, method: str, target: Target, deadline: Deadline, headers: Mapping[str, str], body: bytes = b""
    ) -> Iterator[httpcore.Response]:
        """One request to `target` on a connection of its own, and the answer's head; the body is still to come."""
        every: list[tuple[bytes | str, bytes | str]] = [
            ("host", target.url.netloc),
            ("user-agent", f"stele/{__version__}"),
            ("accept-encoding", "identity"),
            ("connection", "close"),
            *headers.items(),
        ]
        limits = {
            "connect": self._policy.connect_seconds,
            "read": self._policy.read_seconds,
            "write": self._policy.read_seconds,
        }
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.url.raw_path)
        backend = GuardedBackend(target, self._policy, self._resolver, deadline)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._trust, network_backend=backend) as pool,
                pool.stream(method, url, headers=every, content=body, extensions={"timeout": limits}) as response,
            ):
                yield response
        except httpcore.TimeoutException as error:
            raise FetchFailed(reason="the server stopped answering. Try again later.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchFailed(reason="the connection broke, or the server did not speak HTTP. Try again.") from error

    def _body(self, target: Target, response: httpcore.Response, out: Sink, offset: int, *, limit: int) -> int:
        """Write the body to `out`, from `offset` on; gives how many bytes that were."""
        begins = 0
        if (
            offset
            and response.status == 206
            and (_header(response, b"content-range") or "").startswith(f"bytes {offset}-")
        ):
            begins = offset
        elif response.status not in {200, 203}:
            if response.status in _PASSING:
                raise FetchBusy(status=response.status)
            raise FetchRefused(status=response.status)
        # Identity was asked for. Unpacking what came instead would need limits of its own.
        if (_header(response, b"content-encoding") or "identity").lower() != "identity":
            raise FetchFailed(reason="the server insists on compressing it. Offer it without a Content-Encoding.")
        declared = _header(response, b"content-length")
        if declared is not None and int(declared) > limit:  # h11 let only digits through
            raise _too_large(target, declared, limit)
        place = begins
        for chunk in response.iter_stream():
            skipped = min(max(0, offset - place), len(chunk))
            place += len(chunk)
            if place > limit:
                raise _too_large(target, f"more than {limit}", limit)
            out.write(chunk[skipped:])
        return max(0, place - offset)


def _too_large(target: Target, size: str, limit: int) -> FileTooLarge:
    return FileTooLarge(name=shown(target.origin.given), size=size, limit=limit)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Who is trusted to name servers: the public authorities of certifi, or those of `ca_file`."""
    return httpx.create_ssl_context(trust_env=False) if ca_file is None else ssl.create_default_context(cafile=ca_file)


def _header(response: httpcore.Response, name: bytes) -> str | None:
    """The first header of that name. Where its bytes are not ASCII, UTF-8 is what servers mean in practice."""
    return next((value.decode(errors="replace") for key, value in response.headers if key.lower() == name), None)


def _media_type(response: httpcore.Response) -> str | None:
    stated = (_header(response, b"content-type") or "").partition(";")[0].strip().lower()
    return stated or None


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After header (RFC 9110 10.2.3: seconds, or a date) as seconds from now; None for anything else."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
