"""XML, as S3 writes it: elements in order, lists as repeated elements, nothing for what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

from stele.dialects.s3.errors import S3Error

Content: TypeAlias = "str | int | bool | Mapping[str, Content] | Sequence[Mapping[str, Content]] | None"

_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


def document(name: str, content: Mapping[str, Content], status: int = 200) -> Response:
    """An answer with one element."""
    return _answer(name, "".join(_elements(content)), status)


def text_document(name: str, text: str) -> Response:
    """An answer with one element that holds nothing but text."""
    return _answer(name, escape(text), 200)


def _answer(name: str, inside: str, status: int) -> Response:
    text = f'{_DECLARATION}<{name} xmlns="{_NAMESPACE}">{inside}</{name}>'
    return Response(text.encode("utf-8", "replace"), status, media_type="application/xml")


def error_document(error: S3Error, resource: str, request_id: str) -> Response:
    content = {"Code": error.code, "Message": error.message, "Resource": resource, "RequestId": request_id}
    text = f"{_DECLARATION}<Error>{''.join(_elements(content))}</Error>"
    return Response(text.encode(), error.status, media_type="application/xml")


def moment(seconds: float) -> str:
    """A time as XML has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def parsed(data: bytes) -> etree._Element:
    """An element that a caller sent. Raises S3Error."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise S3Error("MalformedXML", f"The XML that came is not well-formed: {error.msg}") from error


def texts(element: etree._Element, *path: str) -> list[dict[str, str]]:
    """The children of every element at `path`, by their local names."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path)
    found = element.xpath(steps)
    assert isinstance(found, list)
    return [
        {etree.QName(child).localname: child.text or "" for child in one}
        for one in found
        if isinstance(one, etree._Element)
    ]


def _elements(content: Mapping[str, Content]) -> Iterable[str]:
    for name, value in content.items():
        match value:
            case None:
                continue
            case bool():
                yield f"<{name}>{str(value).lower()}</{name}>"
            case str() | int():
                yield f"<{name}>{escape(_legal(str(value)))}</{name}>"
            case Mapping():
                yield f"<{name}>{''.join(_elements(value))}</{name}>"
            case _:
                for one in value:
                    yield f"<{name}>{''.join(_elements(one))}</{name}>"


def _legal(text: str) -> str:
    """Characters that XML 1.0 forbids cannot be told, not even as references; callers can ask for encoded keys."""
    return "".join(character if character >= " " or character in "\t\n\r" else "\ufffd" for character in text)
