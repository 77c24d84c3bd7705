"""DjVu files: DjVuLibre turns them into PDF, and the pages of that are read."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from stele.domain.errors import CorruptInput, EngineMissing
from stele.pipeline.programs import ProgramRules, guarded, run

_RULES = ProgramRules(seconds=300.0)
_REMEDY = "Install it, e.g.: apt-get install djvulibre-bin"
#: of pictures; text is stored without loss
_QUALITY = 90


def to_pdf(path: Path, out: BinaryIO, *, name: str) -> None:
    """Write the pages of a DjVu file to `out`, a PDF of pictures in their own resolution.

    Raises CorruptInput, TimedOut, and EngineMissing where DjVuLibre is not installed.
    """
    program = shutil.which("ddjvu")
    if program is None:
        raise EngineMissing(engine="ddjvu, which opens DjVu files,", remedy=_REMEDY)
    with TemporaryDirectory(prefix="stele-djvu-") as made:
        folder = Path(made).resolve()
        shutil.copyfile(path, folder / "input.djvu")
        command = [program, "-format=pdf", f"-quality={_QUALITY}", "input.djvu", "output.pdf"]
        status, said = run(guarded(command, folder, _RULES), folder=folder, rules=_RULES, where=name)
        output = folder / "output.pdf"
        if status != 0 or not output.exists():
            raise CorruptInput(name=name, reason=f"DjVuLibre does not open it: {said.strip()[-200:] or status}")
        with output.open("rb") as file:
            shutil.copyfileobj(file, out)
