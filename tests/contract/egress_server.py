"""Real servers on loopback that behave well or badly, and a resolver that says what a test wants."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address

from stele.adapters.egress.ranges import IPAddress

#: How a test's server answers: it gets the request's head and may write to the connection as it likes.
Answer = Callable[[str, socket.socket], None]


class FakeResolver:
    """Answers each lookup of a name with the next list of addresses; the last one stays."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    def resolve(self, host: str) -> Sequence[IPAddress]:
        self.asked.append(host)
        answers = self._names.get(host, [[]])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple(ip_address(address) for address in answer)


class Server:
    """Counts connections and keeps the heads and bodies of requests."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.connections = 0
        self.requests: list[str] = []

    def url(self, path: str = "/") -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving(answer: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server at a free port; `answer` is called for every request."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            server.connections += 1
            with suppress(OSError):  # clients that hang up early are what many of these tests are about
                self.request.settimeout(10)
                connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                request = _read_request(connection)
                if request:
                    server.requests.append(request)
                    answer(request, connection)
                if tls:
                    connection.unwrap()

    class Listener(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with Listener((host, 0), Handler) as listener:
        server = Server(host, listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def _read_request(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return ""
        data += more
        if data.startswith(b"\x16"):
            return "the beginning of a TLS handshake"
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            while len(body) < int(value):
                body += connection.recv(65_536)
    return (head + b"\r\n\r\n" + body).decode()


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    """An ordinary answer; underscores in the names of headers are hyphens."""
    named = {"content-length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())

    def answer(_: str, connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    return answer


def redirect(location: str, status: int = 302) -> Answer:
    return reply(b"the body of a redirect", status, location=location)


def by_path(**answers: Answer) -> Answer:
    """Answer by the first part of the path."""

    def answer(request: str, connection: socket.socket) -> None:
        path = request.split(" ")[1].strip("/").split("/")[0]
        answers[path](request, connection)

    return answer


def drip(first: bytes, piece: bytes, seconds: float) -> Answer:
    """Send `first`, then `piece` every `seconds` for ten seconds: never silent, never done."""

    def answer(_: str, connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(int(10 / seconds)):
            connection.sendall(piece)
            time.sleep(seconds)

    return answer


def stream(head: bytes, chunk: bytes, count: int) -> Answer:
    """Send `head`, then `chunk` `count` times, as fast as the client takes it."""

    def answer(_: str, connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(count):
            connection.sendall(chunk)

    return answer
