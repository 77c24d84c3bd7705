"""Names given on the command line, turned into the values they mean."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from stele.domain.errors import UnknownOption
from stele.domain.job import Feature, Format

E = TypeVar("E", bound=StrEnum)

#: suffixes that are not the name of a format
_SUFFIXES = {"html": "hocr", "xml": "alto", "markdown": "md"}


def chosen(kind: type[E], name: str, *, option: str) -> E:
    """The member of `kind` called `name`. Raises UnknownOption."""
    try:
        return kind(name.strip())
    except ValueError:
        raise UnknownOption(option=option, value=name, allowed=", ".join(kind)) from None


def all_chosen(kind: type[E], names: str, *, option: str) -> tuple[E, ...]:
    """The members of `kind` named in a list with commas. Raises UnknownOption."""
    return tuple(chosen(kind, name, option=option) for name in names.split(","))


def chosen_features(names: str, queries: list[str] | None) -> tuple[Feature, ...]:
    """The features named in a list with commas, and `queries` where there are any. Raises UnknownOption."""
    features = all_chosen(Feature, names, option="--features")
    return (*features, Feature.QUERIES) if queries and Feature.QUERIES not in features else features


def listed(values: list[str] | None) -> tuple[str, ...]:
    """What an option gave that may be repeated and may have commas."""
    return tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())


def chosen_format(name: str | None, out: Path | None) -> Format:
    """The format called `name`; without one, that of the suffix of `out`; without either, txt.

    Raises UnknownOption.
    """
    option = "--format"
    if name is None:
        if out is None or not out.suffix:
            return Format.TXT
        if out.name.lower().endswith(f".{Format.LAYOUT}"):
            return Format.LAYOUT
        suffix = out.suffix.lower().removeprefix(".")
        name, option = _SUFFIXES.get(suffix, suffix), "The suffix of the output (--format overrides it)"
    return chosen(Format, name, option=option)
