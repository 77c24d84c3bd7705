"""Request bodies: JSON in which the case of names does not count, unknown ones are passed over, and null is nothing."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from stele.dialects.aspose.errors import Invalid
from stele.dialects.aspose.languages import DEFAULT, NAMES, Spelled
from stele.dialects.aspose.operations import (
    DSR_CONFIDENCES,
    DSR_MODES,
    RECOGNIZE_REGIONS,
    RECOGNIZE_TABLE,
    RESULT_TYPES,
    TABLE_RESULT_TYPES,
    Entry,
    Operation,
)
from stele.domain.job import CleaningStep
from stele.domain.value import Value

T = TypeVar("T")

#: the longest text that is spoken at once: some two hours
_MAX_TEXT: Final = 100_000
_NO_BASE64: Final = "The value is not base64."
#: examples of the documentation have commas before a closing brace; strings are stepped over
_STRING_OR_COMMA: Final = re.compile(rb'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_DATA_URI: Final = re.compile(r"data:[\w/.+-]*;base64,", re.ASCII)

#: settings by which a filter is asked for, and whether it is where they are not given
_FILTERS: Final[Mapping[CleaningStep, tuple[str, bool]]] = {
    CleaningStep.CONTRAST: ("makecontrastcorrection", True),
    CleaningStep.BINARIZE: ("makebinarization", False),
    CleaningStep.DESKEW: ("makeskewcorrect", True),
    CleaningStep.UPSAMPLE: ("makeupsampling", False),
}

Members = Mapping[str, msgspec.Raw]


class Box(Value):
    """A region that is asked for: left, top, right, bottom in pixels, and its place among the results."""

    box: tuple[int, int, int, int]
    order: int


class Asking(Value):
    """What is asked of an image: `image` is what it is, by its bytes."""

    image: bytes
    language: Spelled
    steps: tuple[CleaningStep, ...]
    turn: int
    entries: tuple[Entry, ...]
    boxes: tuple[Box, ...] = ()
    spell_check: bool = False


def asking_of(operation: Operation, body: bytes) -> Asking:
    """A request of an operation that reads. Raises Invalid."""
    members = _members(_object(body, "$"))
    settings = _settings(members)
    wanted = {step for step, (name, usual) in _FILTERS.items() if _typed(settings, name, bool, usual)}
    _choice(settings, "dsrmode", DSR_MODES)
    _choice(settings, "dsrconfidence", DSR_CONFIDENCES)
    return Asking(
        image=_bytes(members),
        language=_language(settings),
        steps=tuple(step for step in operation.order if step in wanted),
        turn=_typed(settings, "rotate", int, 0),
        entries=_entries(operation, settings),
        boxes=_boxes(settings) if operation.name == RECOGNIZE_REGIONS else (),
        spell_check=_typed(settings, "makespellcheck", bool, False),
    )


def image_of(body: bytes) -> bytes:
    """The image of an operation that is given nothing else. Raises Invalid."""
    return _bytes(_members(_object(body, "$")))


def text_of(body: bytes) -> str:
    """The text to be spoken. Language and format have one value each, beside the text or in `settings`. Raises
    Invalid."""
    members = _members(_object(body, "$"))
    for given in (members, _settings(members)):
        _choice(given, "language", ("English",))
        _choice(given, "resulttype", ("Wav",))
    text = _typed(members, "text", str, "")
    if not text.strip():
        raise Invalid("text", "The text field is required.")
    if len(text) > _MAX_TEXT:
        raise Invalid("text", f"The text has {len(text)} characters; at most {_MAX_TEXT} are spoken at once.")
    return text


def _entries(operation: Operation, settings: Members) -> tuple[Entry, ...]:
    table = _choice(settings, "resulttypetable", TABLE_RESULT_TYPES)
    usual = _choice(settings, "resulttype", RESULT_TYPES)
    if operation.entries:
        return operation.entries
    if operation.name == RECOGNIZE_TABLE and table is not None:
        return TABLE_RESULT_TYPES[table]
    return RESULT_TYPES[usual or "Text"]


def _language(settings: Members) -> Spelled:
    given = _typed(settings, "language", str, DEFAULT)
    found = NAMES.get(given.lower())
    if found is None:
        raise Invalid("settings.language", f"The value '{given}' is not a language of this API.")
    return found


def _boxes(settings: Members) -> tuple[Box, ...]:
    """Those asked for, in the order of their results."""
    boxes = []
    given = _typed(settings, "regions", list[msgspec.Raw], [])
    for number, region in enumerate(given):
        place = f"settings.regions[{number}]"
        members = _members(_object(region, place))
        if "rect" not in members:
            raise Invalid(f"{place}.rect", "The rect field is required.")
        rect = _members(_object(members["rect"], f"{place}.rect"))
        left, top, right, bottom = (
            _typed(rect, side, int, 0, f"{place}.rect")
            for side in ("topleftx", "toplefty", "bottomrightx", "bottomrighty")
        )
        boxes.append(Box(box=(left, top, right, bottom), order=_typed(members, "order", int, number, place)))
    return tuple(sorted(boxes, key=lambda one: one.order))


def _bytes(members: Members) -> bytes:
    text = _typed(members, "image", str, "", "")
    text = text[found.end() :] if (found := _DATA_URI.match(text)) else text
    if not text:
        raise Invalid("image", "The image field is required.")
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        data = _despite_blanks(text)
    if not data:
        raise Invalid("image", "The image field is required.")
    return data


def _despite_blanks(text: str) -> bytes:
    """Base64 with line breaks in it."""
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("image", _NO_BASE64) from error


def _object(data: bytes | msgspec.Raw, place: str) -> dict[str, msgspec.Raw]:
    try:
        try:
            return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return msgspec.json.decode(_STRING_OR_COMMA.sub(rb"\1", bytes(data)), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(place, f"The JSON value could not be converted to an object: {error}") from error


def _members(given: Mapping[str, msgspec.Raw]) -> Members:
    """By name in lower case; those that are null are not there."""
    return {name.lower(): value for name, value in given.items() if bytes(value) != b"null"}


def _settings(members: Members) -> Members:
    given = members.get("settings")
    return {} if given is None else _members(_object(given, "settings"))


def _typed(members: Members, name: str, kind: type[T], default: T, place: str = "settings") -> T:
    """A member of this very type: neither "true" nor 1 is a boolean. Raises Invalid."""
    given = members.get(name)
    if given is None:
        return default
    try:
        return msgspec.json.decode(given, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{place}.{name}".lstrip("."), f"The JSON value could not be converted: {error}") from error


def _choice(members: Members, name: str, known: Mapping[str, object] | tuple[str, ...]) -> str | None:
    """A value of an enumeration, in its own spelling; None where it is not given. Raises Invalid."""
    given = _typed(members, name, str, "")
    if name not in members:
        return None
    found = next((one for one in known if one.lower() == given.lower()), None)
    if found is None:
        raise Invalid(f"settings.{name}", f"The value '{given}' is not one of {', '.join(known)}.")
    return found
