"""Which files a command is about, and what their results are called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stele.domain.errors import FileForbidden, FileMissing, SteleError


def files(paths: Iterable[Path]) -> Iterator[Path | SteleError]:
    """The files that `paths` name, each once, in their order; in place of a path that leads to none, its error.

    A folder means all files in and below it, sorted by their paths. What is hidden (begins with a dot) is left out
    there, as a shell leaves it out of `*`.
    """
    seen: set[Path] = set()
    for path in paths:
        found = list(_below(path)) or [FileMissing(path=f"{path}/*")] if path.is_dir() else [_checked(path)]
        for each in found:
            if isinstance(each, SteleError):
                yield each
            elif each.absolute() not in seen:
                seen.add(each.absolute())
                yield each


def _checked(path: Path) -> Path | SteleError:
    if not path.exists():
        return FileMissing(path=str(path))
    if not os.access(path, os.R_OK):
        return FileForbidden(path=str(path))
    return path


def _below(folder: Path) -> Iterator[Path | SteleError]:
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        yield FileForbidden(path=str(folder))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            # A link to a folder may lead back up.
            if not entry.is_symlink():
                yield from _below(entry)
        elif entry.is_file() or not entry.exists():
            yield _checked(entry)


def distinct_names(inputs: Sequence[Path]) -> list[Path]:
    """What to call each input: its own name; where names clash, also the folders below the one that all inputs have in
    common."""
    clashes = Counter(path.name for path in inputs)
    common = Path(os.path.commonpath([path.absolute().parent for path in inputs])) if inputs else Path()
    return [Path(path.name) if clashes[path.name] == 1 else path.absolute().relative_to(common) for path in inputs]


def result_name(name: Path, suffix: str) -> Path:
    """What to call the result of the input called `name`."""
    return name.with_name(f"{name.name}.{suffix}")
