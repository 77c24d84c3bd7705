"""What printed cells mean: numbers and dates, where that is sure.

Whether a comma or a point stands before the decimals, and whether the day or the month comes first, is told by the
other cells of a table, which `Conventions` collects; for numbers that leave it open ("1,234") else by the language. A
date that could be two stays text, and so do numbers that are names: with leading zeros, or with more digits than a
spreadsheet keeps.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: spreadsheets keep numbers as IEEE 754 doubles: more digits than this are lost
_MAX_DIGITS = 15
#: languages that write a comma before decimals (CLDR)
_COMMA_LANGUAGES = frozenset(
    {"af", "be", "bg", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "hy", "id", "is"}
    | {"it", "ka", "kk", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv"}
    | {"tr", "uk", "uz", "vi"}
)

_SIGNED = re.compile(
    r"(?P<open>\()?(?P<minus>[-−–]\s?)?(?P<before>[$€£¥₹]\s?)?(?P<minus_too>[-−])?"
    r"(?P<body>[0-9][0-9.,'\u2019\u00a0\u202f ]*)(?P<after>\s?[%$€£¥₹])?(?P<close>\))?"
)
_BODIES = {
    sign: re.compile(
        rf"(?P<whole>[0-9]{{1,3}}(?:(?P<group>[{other}'\u2019\u00a0\u202f ])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*)"
        rf"|[0-9]+)(?:[{sign}](?P<decimals>[0-9]+))?"
    )
    for sign, other in (".,", ",.")
}
_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_DAY_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]([a-z]{3,9})\.?,?[ -]([0-9]{4})", re.IGNORECASE)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})", re.IGNORECASE)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@dataclass(frozen=True, kw_only=True)
class CellValue:
    """A number or a date, and the format code that shows it as it was printed (ECMA-376 part 1, 18.8.31)."""

    value: float | int | datetime.date
    code: str


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """How a table writes its numbers and dates. `day_first` is None where nothing tells."""

    decimal: str = "."
    day_first: bool | None = None


def conventions(texts: Iterable[str], language: str | None) -> Conventions:
    """What the cells of a table prove, and else its language (BCP-47) implies. Cells that contradict each other prove
    nothing."""
    signs, orders = set[str](), set[bool]()
    for text in map(str.strip, texts):
        readings = {sign for sign, _ in _readings(text)}
        if len(readings) == 1 and not text.isdecimal():
            signs |= readings
        if date := _NUMERIC.fullmatch(text):
            orders |= _orders(int(date[1]), int(date[3]))
    usual = "," if (language or "").split("-")[0] in _COMMA_LANGUAGES else "."
    return Conventions(
        decimal=signs.pop() if len(signs) == 1 else usual,
        day_first=orders.pop() if len(orders) == 1 else None,
    )


def value_of(text: str, known: Conventions) -> CellValue | None:
    """The number or the date that a cell says; None where it is text."""
    stripped = text.strip()
    return _date(stripped, known) or _number(stripped, known)


# -- numbers ----------------------------------------------------------------------------------------------------------


def _readings(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """The ways to read a number: by the sign before its decimals."""
    found = _SIGNED.fullmatch(text)
    if found is not None:
        for sign, body in _BODIES.items():
            if read := body.fullmatch(found["body"].rstrip()):
                yield sign, read


def _number(text: str, known: Conventions) -> CellValue | None:
    found = _SIGNED.fullmatch(text)
    read = dict(_readings(text)).get(known.decimal)
    if found is None or read is None or bool(found["open"]) != bool(found["close"]):
        return None
    before, after = (found["before"] or "").strip(), (found["after"] or "").strip()
    whole, decimals = re.sub(r"\D", "", read["whole"]), read["decimals"] or ""
    is_name = (len(whole) > 1 and whole[0] == "0") or len(whole + decimals) > _MAX_DIGITS
    is_pair = read["group"] == " " and not (decimals or before or after)  # 555 123 may well be two numbers
    if is_name or is_pair or (before and after):
        return None
    value: float | int = float(f"{whole}.{decimals}") if decimals else int(whole)
    if any(found[name] for name in ("open", "minus", "minus_too")):
        value = -value
    code = ("#,##0" if read["group"] else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    if after == "%":
        return CellValue(value=round(value / 100, len(decimals) + 2), code=f"{code}%")
    if before or after:
        code = f'"{before}"{code}' if before else f'{code} "{after}"'
    return CellValue(value=value, code="General" if code == "0" else code)


# -- dates ------------------------------------------------------------------------------------------------------------


def _orders(first: int, second: int) -> set[bool]:
    """Whether the day comes first in a date that shows it: {True}, {False}, or nothing."""
    if first > 12 >= second:
        return {True}
    return {False} if second > 12 >= first else set()


def _date(text: str, known: Conventions) -> CellValue | None:
    if found := _ISO.fullmatch(text):
        return _dated(found[1], found[3], found[4], f"yyyy{found[2]}mm{found[2]}dd")
    if found := _DAY_MONTH.fullmatch(text):
        return _dated(found[3], _month(found[2]), found[1], "d mmmm yyyy" if len(found[2]) > 3 else "d mmm yyyy")
    if found := _MONTH_DAY.fullmatch(text):
        return _dated(found[3], _month(found[1]), found[2], "mmmm d, yyyy" if len(found[1]) > 3 else "mmm d, yyyy")
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found, known)
    return None


def _numeric(found: re.Match[str], known: Conventions) -> CellValue | None:
    """Dates with points have the day first wherever they are written so; of others the table must tell."""
    first, sign, second, year = found.groups()
    day_first = True if sign == "." else known.day_first
    if proven := _orders(int(first), int(second)):
        day_first = next(iter(proven))
    if day_first is None:
        return None
    day, month = (first, second) if day_first else (second, first)
    code = sign.join(("dd", "mm", "yyyy") if day_first else ("mm", "dd", "yyyy"))
    return _dated(year, month, day, code)


def _month(name: str) -> int | None:
    """1 to 12 for the English name of a month, or its first letters; None for any other word."""
    lower = name.lower()
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(lower)), None)


def _dated(year: str, month: str | int | None, day: str, code: str) -> CellValue | None:
    """None for dates that do not exist, and for those before a spreadsheet's time."""
    try:
        date = datetime.date(int(year), int(month or 0), int(day))
    except ValueError:
        return None
    return CellValue(value=date, code=code) if date.year > 1900 else None
