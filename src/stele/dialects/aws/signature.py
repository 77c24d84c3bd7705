"""Signature Version 4: what a request claims about who made it, and whether that is so.

AWS's documentation, "Create a signed AWS API request" (header) and "Authenticating requests: using query parameters"
(presigned). A claim is read first, so that its key can be looked up before a body is taken in; then it is proven.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final
from urllib.parse import parse_qsl, quote

from stele.domain.value import Value

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_TIME: Final = "%Y%m%dT%H%M%SZ"
_MAX_EXPIRES: Final = 7 * 86_400  #: seconds
_MAX_PARAMETERS: Final = 200
_PART = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_REGION = re.compile(r"[a-z0-9-]{1,32}")
_RUNS = re.compile(r" {2,}")


class Wrong(Enum):
    """Why a claim is not believed. Each service spells it in its own way."""

    MISSING = auto()  #: there is no signature at all
    INCOMPLETE = auto()  #: a part of it is missing, or cannot be understood
    SCOPE = auto()  #: it is for another service, day or region
    EXPIRED = auto()  #: the request was made too long ago
    EARLY = auto()  #: the request will be made too long from now
    UNKNOWN_KEY = auto()
    MISMATCH = auto()
    UNSIGNED_HEADER = auto()  #: something that must be signed is not


class NotProven(Exception):
    """A claim that is not believed; the message may be told to whoever made it."""

    def __init__(self, wrong: Wrong, message: str) -> None:
        super().__init__(message)
        self.wrong = wrong
        self.message = message


class SignedRequest(Value):
    """A request as it was sent: the path and the query are not decoded, names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """All its values, joined by commas; None when it is not there."""
        values = [value for one, value in self.headers if one == name]
        return ",".join(values) if values else None


class Claim(Value):
    """What a request says of itself. `made_at` is its time, `expires_in` the seconds for which a presigned one is
    good, `payload` what it says its body's hash to be, None where it does not."""

    access_key_id: str
    date: str
    region: str
    service: str
    made_at: datetime
    signed_headers: tuple[str, ...]
    signature: str
    payload: str | None
    expires_in: int | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


class Rules(Value):
    """What a service demands. `regions` empty means that every region that could be one is right."""

    service: str
    skew_seconds: int
    regions: tuple[str, ...] = ()
    #: headers that must be signed where they are sent, beside `host` and all that begin with `x-amz-`
    signed: tuple[str, ...] = ()


def claim_of(request: SignedRequest, rules: Rules, now: datetime) -> Claim:
    """The claim, if it can be true for this service at this time. Raises NotProven."""
    query = _parameters(request.query)
    claim = _presigned(request, query) if "X-Amz-Signature" in query else _in_header(request)
    _check_scope(claim, rules)
    _check_time(claim, rules, now)
    _check_headers(claim, request, rules)
    return claim


def prove(claim: Claim, request: SignedRequest, secret: str, payload: str, hosts: Iterable[str] = ()) -> None:
    """Check that the claim was signed with `secret`. `payload` is the hash of the body that came, or what else the
    service takes in its place; `hosts` are names by which the sender may know this server, where a proxy gave it
    another.

    Raises NotProven."""
    key = signing_key(claim, secret)
    sent_to = request.header("host") or ""
    for host in (sent_to, *hosts):
        canonical = _canonical(claim, request, payload, host)
        if hmac.compare_digest(_signature(key, claim, canonical).encode(), claim.signature.encode()):
            return
    raise NotProven(
        Wrong.MISMATCH,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
    )


def signing_key(claim: Claim, secret: str) -> bytes:
    """The key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in (claim.date, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key


def time_of(claim: Claim) -> str:
    """When the request was made, as it is written in signatures."""
    return claim.made_at.strftime(_TIME)


def _in_header(request: SignedRequest) -> Claim:
    given = request.header("authorization")
    if given is None:
        raise NotProven(Wrong.MISSING, "Missing Authentication Token")
    algorithm, _, rest = given.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise NotProven(Wrong.INCOMPLETE, f"Unsupported authorization type: only {ALGORITHM} is understood.")
    parts = dict(_PART.findall(rest))
    for name in ("Credential", "Signature", "SignedHeaders"):
        if name not in parts:
            raise NotProven(Wrong.INCOMPLETE, f"Authorization header requires '{name}' parameter.")
    made_at = request.header("x-amz-date") or request.header("date") or ""
    return _claim(
        credential=parts["Credential"],
        made_at=made_at,
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
        payload=request.header("x-amz-content-sha256"),
    )


def _presigned(request: SignedRequest, query: Mapping[str, str]) -> Claim:
    if query.get("X-Amz-Algorithm") != ALGORITHM:
        raise NotProven(Wrong.INCOMPLETE, f"X-Amz-Algorithm must be {ALGORITHM}.")
    for name in ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"):
        if name not in query:
            raise NotProven(Wrong.INCOMPLETE, f"Query-string authentication requires '{name}'.")
    expires = query["X-Amz-Expires"]
    if not expires.isdecimal() or not 0 < int(expires) <= _MAX_EXPIRES:
        raise NotProven(Wrong.INCOMPLETE, f"X-Amz-Expires must be between 1 and {_MAX_EXPIRES} seconds.")
    return _claim(
        credential=query["X-Amz-Credential"],
        made_at=query["X-Amz-Date"],
        signed_headers=query["X-Amz-SignedHeaders"],
        signature=query["X-Amz-Signature"],
        payload=request.header("x-amz-content-sha256") or query.get("X-Amz-Content-Sha256"),
        expires_in=int(expires),
    )


def _claim(
    *,
    credential: str,
    made_at: str,
    signed_headers: str,
    signature: str,
    payload: str | None,
    expires_in: int | None = None,
) -> Claim:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or not all(parts):
        raise NotProven(
            Wrong.INCOMPLETE, "Credential must be KEY/DATE/REGION/SERVICE/aws4_request, with slashes between its parts."
        )
    access_key_id, date, region, service, ending = parts
    try:
        moment = datetime.strptime(made_at, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotProven(
            Wrong.INCOMPLETE, "The request needs a valid 'X-Amz-Date', such as 20261231T235959Z."
        ) from error
    if ending != "aws4_request":
        raise NotProven(Wrong.SCOPE, "Credential should be scoped with a valid terminator: 'aws4_request'.")
    if date != made_at[:8]:
        raise NotProven(Wrong.SCOPE, f"Credential should be scoped to the date of X-Amz-Date: {made_at[:8]}.")
    return Claim(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        made_at=moment,
        signed_headers=tuple(signed_headers.lower().split(";")),
        signature=signature,
        payload=payload,
        expires_in=expires_in,
    )


def _check_scope(claim: Claim, rules: Rules) -> None:
    if claim.service != rules.service:
        raise NotProven(Wrong.SCOPE, f"Credential should be scoped to correct service: '{rules.service}'.")
    right = claim.region in rules.regions if rules.regions else _REGION.fullmatch(claim.region)
    if not right:
        names = ", ".join(rules.regions) or "none that this could be"
        raise NotProven(Wrong.SCOPE, f"Credential should be scoped to a valid region: {names}.")


def _check_time(claim: Claim, rules: Rules, now: datetime) -> None:
    skew = timedelta(seconds=rules.skew_seconds)
    minutes = rules.skew_seconds // 60
    made, current = time_of(claim), now.strftime(_TIME)
    if claim.made_at > now + skew:
        later = (now + skew).strftime(_TIME)
        raise NotProven(
            Wrong.EARLY, f"Signature not yet current: {made} is still later than {later} ({current} + {minutes} min.)"
        )
    if claim.expires_in is not None:
        if now > claim.made_at + timedelta(seconds=claim.expires_in):
            raise NotProven(Wrong.EXPIRED, "Signature expired: the presigned request is past its X-Amz-Expires.")
    elif claim.made_at < now - skew:
        earlier = (now - skew).strftime(_TIME)
        raise NotProven(
            Wrong.EXPIRED, f"Signature expired: {made} is now earlier than {earlier} ({current} - {minutes} min.)"
        )


def _check_headers(claim: Claim, request: SignedRequest, rules: Rules) -> None:
    sent = {name for name, _ in request.headers}
    must = {"host"} | {name for name in sent if name.startswith("x-amz-") or name in rules.signed}
    unsigned = sorted(must - set(claim.signed_headers))
    if unsigned:
        raise NotProven(Wrong.UNSIGNED_HEADER, f"These headers must be signed: {', '.join(unsigned)}.")
    absent = sorted(set(claim.signed_headers) - sent)
    if absent:
        raise NotProven(Wrong.INCOMPLETE, f"These headers are signed but were not sent: {', '.join(absent)}.")


def _canonical(claim: Claim, request: SignedRequest, payload: str, host: str) -> str:
    lines = []
    for name in claim.signed_headers:
        value = host if name == "host" else request.header(name) or ""
        lines.append(f"{name}:{_RUNS.sub(' ', value.strip())}")
    return "\n".join(
        (
            request.method,
            request.path,
            _canonical_query(request.query),
            *lines,
            "",
            ";".join(claim.signed_headers),
            payload,
        )
    )


def _canonical_query(query: str) -> str:
    pairs = ((name, value) for name, value in _pairs(query) if name != "X-Amz-Signature")
    return "&".join(f"{name}={value}" for name, value in sorted((_escaped(n), _escaped(v)) for n, v in pairs))


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _signature(key: bytes, claim: Claim, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return signed(key, "\n".join((ALGORITHM, time_of(claim), claim.scope, digest)))


def signed(key: bytes, text: str) -> str:
    """The signature of a string to sign."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _parameters(query: str) -> dict[str, str]:
    return dict(_pairs(query))


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        # A plus sign is itself in a signed query, not a space.
        return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise NotProven(Wrong.INCOMPLETE, "The query has too many parameters.") from error
