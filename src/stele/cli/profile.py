"""`stele read --profile`: where the time went, stage by stage, and what the networks need at least on this CPU."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from stele.pipeline.profiling import Profile, Stage

#: what is done once a process, not once a page
_ONCE = (Stage.LOAD, Stage.OTHER)


def kept(profile: Profile, folder: Path, name: str) -> None:
    """Leave a child's account for the parent."""
    (folder / name).write_bytes(msgspec.msgpack.encode(profile))


def gathered(folder: Path) -> Profile:
    """All that was left in `folder`."""
    kept = (msgspec.msgpack.decode(path.read_bytes(), type=Profile) for path in sorted(folder.iterdir()))
    return sum(kept, Profile())


def table(profile: Profile, pages: int) -> Iterator[str]:
    """Lines of text: of each stage the processor's seconds, a page's share of them, and their share of all; and of the
    networks the least that their work takes on this CPU. Takes a second to measure that. Raises EngineMissing."""
    total = sum(profile.seconds.values())
    yield f"{'':14}{'CPU s':>9}{'a page':>9}{'share':>8}{'least':>9}"
    least = _least(profile) if profile.seen else {}
    for stage in Stage:
        seconds = profile.seconds.get(stage, 0.0)
        if not seconds:
            continue
        page = "" if stage in _ONCE else f"{seconds / pages:.3f}"
        bound = f"{least[stage]:.3f}" if stage in least else ""
        yield f"{stage:14}{seconds:9.3f}{page:>9}{seconds / total:8.1%}{bound:>9}"
    yield f"{'all':14}{total:9.3f}{total / pages:9.3f}{'':8}{sum(least.values()):9.3f}"


def _least(profile: Profile) -> dict[Stage, float]:
    """Of the networks the seconds that their multiplications take where this CPU is at its best."""
    from stele.pipeline.reading.engines.paddle import floor
    from stele.pipeline.reading.engines.paddle.runtime import Precision

    known = floor.measured(Precision.AUTO)
    macs = {
        Stage.DETECT: known.macs_a_pixel,
        Stage.PLAIN: known.macs_a_plain_column,
        Stage.RECOGNISE: known.macs_a_column,
    }
    return {stage: seen * macs[stage] / known.macs_a_second for stage, seen in profile.seen.items()}
