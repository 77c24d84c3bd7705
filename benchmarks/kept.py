"""Readings of peers, kept between runs: a peer of one release reads a file as it did the last time.

They lie in the user's cache folder, a folder for each peer and release, a file for each page. Nothing of ours is kept:
that is what changes.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from benchmarks.crew import Outcome, Sheet
from benchmarks.peers import Peer


def default_folder() -> Path:
    """By the XDG base directory rules."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stele-benchmarks"


class Kept:
    """The readings of one peer."""

    def __init__(self, folder: Path, peer: Peer) -> None:
        self._folder = folder / peer.identity

    def get(self, sheet: Sheet) -> Outcome | None:
        """None where the page has not been read, or what was kept of it is torn."""
        try:
            return msgspec.json.decode(self._path(sheet).read_bytes(), type=Outcome)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def put(self, sheet: Sheet, outcome: Outcome) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path(sheet).write_bytes(msgspec.json.encode(outcome))

    def _path(self, sheet: Sheet) -> Path:
        key = hashlib.sha256(sheet.path.read_bytes() + sheet.language.encode()).hexdigest()[:32]
        return self._folder / f"{key}.json"
