"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stele.domain.errors import OutputUnwritable


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the block has ended well, so that nobody sees half of it.

    What is not a plain file (a device, a pipe) is written as it is. Raises OutputUnwritable.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as out:
                yield out
            return
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("xb") as out:
                yield out
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputUnwritable(path=str(path), reason=error.strerror or str(error)) from error
