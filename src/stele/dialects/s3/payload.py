"""The bytes of an object as clients send them: plain, or in chunks that are signed, or not, with checksums behind.

AWS's documentation, "Signature calculations for the authorization header: transferring payload in multiple chunks", and
"Checking object integrity". What is taken is handed on at once; whether it was right is known at the end.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import google_crc32c

from stele.dialects.aws.signature import UNSIGNED, Claim, signed, time_of
from stele.dialects.s3.errors import S3Error

_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_SIGNED_CHUNKS: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_TRAILER_SIGNATURE: Final = b"x-amz-trailer-signature"
_UNSIGNED_CHUNKS: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_MAX_LINE: Final = 16 * 1024  #: bytes of a chunk's header or of a trailer
_MAX_TRAILERS: Final = 16
_CHECKSUM: Final = "x-amz-checksum-"

Take = Callable[[bytes], None]


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


#: Checksums that are verified. CRC64NVME is not: nothing here computes it.
_CHECKSUMS: Final[Mapping[str, Callable[[], _Digest]]] = {
    "crc32": _Crc32,
    "crc32c": google_crc32c.Checksum,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


class Payload:
    """Takes a body piece by piece and gives the object's bytes to `take`; `finish` says whether all was right."""

    def __init__(self, claim: Claim, key: bytes, headers: Mapping[str, str], take: Take) -> None:
        self._take = take
        self._said = claim.payload or UNSIGNED
        self._sha256 = hashlib.sha256()
        self._told = {name: value for name, value in headers.items() if name.startswith(_CHECKSUM)}
        announced = headers.get("x-amz-trailer", "").lower().split(",")
        names = {name.strip().removeprefix(_CHECKSUM) for name in (*self._told, *announced)}
        self._checksums = {name: _CHECKSUMS[name]() for name in names if name in _CHECKSUMS}
        self._md5 = headers.get("content-md5")
        self._md5_digest = hashlib.md5(usedforsecurity=False)
        self._chunks: _Chunks | None = None
        if self._said == _UNSIGNED_CHUNKS:
            self._chunks = _Chunks(self._took, None)
        elif self._said.startswith(_SIGNED_CHUNKS):
            self._chunks = _Chunks(self._took, _Chain(claim, key))

    def feed(self, data: bytes) -> None:
        """Raises S3Error for what is no chunk, or not signed as it should be."""
        if self._chunks is None:
            self._sha256.update(data)
            self._took(data)
        else:
            self._chunks.feed(data)

    def finish(self) -> None:
        """Raises S3Error when the bytes are not those that were announced."""
        told = dict(self._told)
        if self._chunks is not None:
            told |= self._chunks.finished()
        elif self._said != UNSIGNED and not hmac.compare_digest(self._sha256.hexdigest(), self._said):
            raise S3Error("XAmzContentSHA256Mismatch", "The x-amz-content-sha256 that came is not that of the body.")
        for name, digest in self._checksums.items():
            said = told.get(_CHECKSUM + name)
            if said is not None and said != _base64(digest.digest()):
                raise S3Error("BadDigest", f"The {name.upper()} you specified did not match the calculated checksum.")
        if self._md5 is not None and self._md5 != _base64(self._md5_digest.digest()):
            raise S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.")

    def _took(self, data: bytes) -> None:
        for digest in self._checksums.values():
            digest.update(data)
        if self._md5 is not None:
            self._md5_digest.update(data)
        self._take(data)


class _Chain:
    """Signatures of chunks, each of which covers the one before."""

    def __init__(self, claim: Claim, key: bytes) -> None:
        self._claim = claim
        self._key = key
        self._before = claim.signature

    def check_chunk(self, signature: str, digest: str) -> None:
        """Raises S3Error."""
        self._check(signature, "AWS4-HMAC-SHA256-PAYLOAD", _EMPTY, digest)

    def check_trailer(self, signature: str, lines: bytes) -> None:
        """Raises S3Error."""
        self._check(signature, "AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines).hexdigest())

    def _check(self, signature: str, kind: str, *digests: str) -> None:
        made = signed(self._key, "\n".join((kind, time_of(self._claim), self._claim.scope, self._before, *digests)))
        if not hmac.compare_digest(made.encode(), signature.encode()):
            raise S3Error("SignatureDoesNotMatch", "The signature of a chunk does not match its bytes.", 403)
        self._before = made


class _Chunks:
    """`aws-chunked`: a line with the size and the signature, the bytes, an empty line; at the end a chunk of no bytes,
    and lines behind it."""

    def __init__(self, take: Take, chain: _Chain | None) -> None:
        self._take = take
        self._chain = chain
        self._held = b""
        self._left = 0  #: bytes of the chunk that are still to come, with the two that end its line
        self._digest = hashlib.sha256()
        self._signature = ""
        self._last = False
        self._trailers: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._held += data
        while self._advanced():
            pass

    def finished(self) -> dict[str, str]:
        """The trailers, by lower-case name. Raises S3Error for a body that ended too early."""
        if not self._last or self._left:
            raise S3Error("IncompleteBody", "The body ended before its last chunk.")
        lines = [line for line in self._trailers if line]
        found = dict(_parted(line) for line in lines)
        signature = found.pop("x-amz-trailer-signature", None)
        if self._chain is not None and found:
            signed_lines = (line for line in lines if not line.lower().startswith(_TRAILER_SIGNATURE))
            self._chain.check_trailer(signature or "", b"".join(line + b"\n" for line in signed_lines))
        return found

    def _advanced(self) -> bool:
        """Whether anything more could be taken from what is held."""
        if self._left > 2:
            return self._take_bytes()
        line, end, rest = self._held.partition(b"\r\n")
        if not end:
            if len(self._held) > _MAX_LINE:
                raise S3Error("InvalidRequest", "A line between chunks is too long.")
            return False
        self._held = rest
        if self._last:
            if len(self._trailers) == _MAX_TRAILERS:
                raise S3Error("InvalidRequest", "There are too many trailers.")
            self._trailers.append(line)
        elif self._left:
            self._end_chunk(line)
        else:
            self._begin_chunk(line)
        return True

    def _take_bytes(self) -> bool:
        piece = self._held[: self._left - 2]
        if not piece:
            return False
        self._held = self._held[len(piece) :]
        self._left -= len(piece)
        self._digest.update(piece)
        self._take(piece)
        return True

    def _begin_chunk(self, line: bytes) -> None:
        size, _, rest = line.partition(b";")
        name, _, signature = rest.partition(b"=")
        try:
            count = int(size, 16)
        except ValueError as error:
            raise S3Error("InvalidRequest", "A chunk does not begin with its size.") from error
        if count < 0 or (self._chain is not None and name.strip() != b"chunk-signature"):
            raise S3Error("InvalidRequest", "A chunk does not begin with its size and its signature.")
        self._signature = signature.decode("latin-1").strip()
        self._digest = hashlib.sha256()
        if count:
            self._left = count + 2
        else:
            self._check()
            self._last = True

    def _end_chunk(self, line: bytes) -> None:
        if line:
            raise S3Error("InvalidRequest", "A chunk is longer than its size says.")
        self._left = 0
        self._check()

    def _check(self) -> None:
        if self._chain is not None:
            self._chain.check_chunk(self._signature, self._digest.hexdigest())


def _parted(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
