"""Addresses of results, which need no key: they are signed, for one task, and say until when they are good."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from stele.dialects.picwish.calls import TASKS_PATH
from stele.dialects.picwish.errors import LinkRefused
from stele.domain.job import Format
from stele.service.core import Core

#: how long a result can be fetched after its task has ended, in seconds
GOOD_SECONDS: Final = 3600

_WRONG: Final = "the address of the result is not complete; ask for the task, and use data.file as it is"
_OVER: Final = "the address of the result was good for an hour, which is over; submit the file again"


def link_of(core: Core, origin: str, job: str, form: Format, ended_at: float) -> str:
    """The address of a result."""
    expires = str(int(ended_at) + GOOD_SECONDS)
    query = urlencode({"expires": expires, "sign": _sign(core, job, form, expires)})
    return f"{origin}{TASKS_PATH}/{job}/result.{form}?{query}"


def check(core: Core, job: str, form: str, query: QueryParams) -> None:
    """Whether an address is one of `link_of`, and still good. Raises LinkRefused."""
    expires = query.get("expires", "")
    expected = _sign(core, job, form, expires)
    if not hmac.compare_digest(expected.encode(), query.get("sign", "").encode()):
        raise LinkRefused(_WRONG)
    if int(expires) <= core.store.now():
        raise LinkRefused(_OVER)


def _sign(core: Core, job: str, form: str, expires: str) -> str:
    return core.master_key.derived("picwish result", f"{job}\0{form}\0{expires}").hex()
