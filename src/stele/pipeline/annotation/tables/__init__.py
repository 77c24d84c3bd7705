"""Tables of words: the names of classes, what they are kinds of, and the ids of what they mean. Read once a process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

from stele.domain.value import Value


class Kind(Value):
    """A class of a model: its name, and what it is a kind of, the nearest first."""

    name: str
    kinds: tuple[str, ...]


@cache
def label_kinds() -> tuple[Kind, ...]:
    """The 1,000 classes of ImageNet in their order."""
    return tuple(
        Kind(name=name, kinds=tuple(kinds.split(";")) if kinds else ()) for _, name, kinds in _rows("labels.tsv")
    )


@cache
def object_kinds() -> tuple[Kind, ...]:
    """The 80 classes of COCO in their order."""
    return tuple(Kind(name=name, kinds=(kind,) if kind else ()) for name, kind in _rows("objects.tsv"))


def entity_id(name: str) -> str | None:
    """The id of what a word means; None where the table does not know it."""
    return _entities().get(name.lower())


@cache
def _entities() -> dict[str, str]:
    return {name.lower(): id_ for id_, name in _rows("entities.tsv")}


def _rows(file: str) -> Iterator[list[str]]:
    text = resources.files(__name__).joinpath(file).read_text("utf-8")
    return (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
