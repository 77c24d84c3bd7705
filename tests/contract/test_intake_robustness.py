"""Files that others found hard: each is read, or refused by a case of our error table, within bounds.

A process of its own does the reading, since native decoders may take theirs down; that would be a failure here.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import resource
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stele.domain.errors import SteleError
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document

SETS = (
    "image_formats",
    "image_malformed",
    "pdf_malformed",
    "pdf_encrypted",
    "pdf_borndigital",
    "ocrmypdf_resources",
    "icdar2013_tables",
)
#: of these only the first picture is a page here
FIRST_FRAME_ONLY = ("PNG", "MPO")


@dataclass
class Outcome:
    """What became of one file: `sizes` are as submitted; errors are codes."""

    error: str = ""
    page_count: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)
    points: list[tuple[float, float] | None] = field(default_factory=list)
    orientations: list[int] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    sound_text: list[str] = field(default_factory=list)
    seconds: float = 0.0


def probe(path: Path, password: str | None) -> Outcome:
    """Open, render and read the first 20 pages. Runs in the child."""
    outcome = Outcome()
    started = time.monotonic()
    try:
        with open_document(path, name=path.name, limits=Limits(), password=password) as document:
            outcome.page_count = document.page_count
            for page in document.pages(1, 20):
                try:
                    height, width = page.raster().shape[:2]
                    assert (width, height) == (
                        (page.height, page.width) if page.orientation.swaps_axes else (page.width, page.height)
                    )
                    outcome.sizes.append((page.width, page.height))
                    outcome.points.append(page.points)
                    outcome.orientations.append(int(page.orientation))
                    layer = page.text_layer()
                    if layer is not None and layer.sound:
                        outcome.sound_text.append(" ".join(word.text for word in layer.words))
                except SteleError as error:
                    outcome.page_errors.append(error.code)
    except SteleError as error:
        outcome.error = error.code
    outcome.seconds = time.monotonic() - started
    return outcome


def peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Prober:
    """A child that reads files, replaced when one of them takes it down."""

    def __init__(self) -> None:
        self._pool = self._child()

    def __call__(self, path: Path, password: str | None = None) -> Outcome:
        try:
            return self._pool.submit(probe, path, password).result(timeout=30)
        except BrokenProcessPool:
            self._pool = self._child()
            pytest.fail(f"{path.name} took the process down")

    def peak_memory(self) -> int:
        return self._pool.submit(peak_memory).result()

    def close(self) -> None:
        self._pool.shutdown()

    @staticmethod
    def _child() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


@pytest.fixture(scope="module")
def prober() -> Iterator[Prober]:
    made = Prober()
    yield made
    made.close()


def files_of(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for path in sorted(folder.iterdir()):
        truth = path.with_name(path.name.rsplit(".", 1)[0] + ".gt.json")
        if not path.name.endswith(".gt.json"):
            found.append((path, json.loads(truth.read_text()) if truth.exists() else {}))
    return found


@pytest.mark.parametrize("name", SETS)
def test_every_file_is_read_or_refused(shared_data: Path, prober: Prober, name: str) -> None:
    outcomes = {path.name: prober(path, truth.get("password")) for path, truth in files_of(shared_data / name)}
    assert outcomes
    assert "internal" not in {error for outcome in outcomes.values() for error in [outcome.error, *outcome.page_errors]}
    assert all(outcome.error or outcome.page_count for outcome in outcomes.values())
    assert max(outcome.seconds for outcome in outcomes.values()) < 10
    assert prober.peak_memory() < 2 * 1024**3


@pytest.mark.parametrize("name", ["image_formats", "image_malformed"])
def test_what_pillow_loads_is_loaded(shared_data: Path, prober: Prober, name: str) -> None:
    for path, truth in files_of(shared_data / name):
        reference = truth.get("reference", {}).get("pillow", {})
        outcome = prober(path)
        over_limit = any(code.startswith("limit") for code in outcome.page_errors)
        if not reference.get("loads") or outcome.error == "input.unknown_format" or over_limit:
            continue
        assert (outcome.error, outcome.page_errors) == ("", []), path.name
        orientation = reference["exif_orientation"] or 1
        # Pillow gives the size that a TIFF has once it is turned, and the stored size of all others.
        turned = reference["format"] == "TIFF" and orientation >= 5
        assert outcome.sizes[0] == tuple(reference["size"])[:: -1 if turned else 1], path.name
        assert outcome.orientations[0] == orientation, path.name
        if reference["format"] not in FIRST_FRAME_ONLY:
            assert outcome.page_count == reference["frames"], path.name


def test_passwords(shared_data: Path, prober: Prober) -> None:
    for path, truth in files_of(shared_data / "pdf_encrypted"):
        assert not prober(path, truth["password"]).error, path.name
        assert prober(path).error == ("input.password_required" if truth["needs_password"] else ""), path.name
        if truth["needs_password"]:
            assert prober(path, "certainly not this").error == "input.password_wrong", path.name


@pytest.mark.parametrize("name", ["pdf_borndigital", "icdar2013_tables", "pdf_encrypted"])
def test_pages_and_words_are_those_that_mupdf_sees(shared_data: Path, prober: Prober, name: str) -> None:
    agreed = Counter[bool]()
    for path, truth in files_of(shared_data / name):
        outcome = prober(path, truth.get("password"))
        stated = truth.get("pages", [])
        assert outcome.page_count == len(stated), path.name
        for points, page in zip(outcome.points, stated, strict=False):
            displayed = (page["width_pt"], page["height_pt"])
            assert points is not None
            assert sorted(points) == pytest.approx(sorted(displayed), abs=1), path.name
        if len(outcome.sound_text) < min(len(stated), 20) or len(stated) > 20:
            continue
        ours = Counter(re.findall(r"\w+", " ".join(outcome.sound_text)))
        theirs = Counter(re.findall(r"\w+", truth["text"].replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff")))
        total = sum(ours.values()) + sum(theirs.values())
        if total:
            agreed[2 * sum((ours & theirs).values()) / total > 0.97] += 1
    assert agreed[True] >= 0.95 * sum(agreed.values())
