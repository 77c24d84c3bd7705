"""A text spoken, by eSpeak NG."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from stele.domain.errors import EngineGarbage, EngineMissing
from stele.domain.job import Speech
from stele.pipeline.programs import ProgramRules, guarded, run

_RULES = ProgramRules(seconds=120.0, memory=1024**3, written=1024**3)
_REMEDY = "Install it, e.g.: apt-get install espeak-ng"


def speak(text: Path, speech: Speech, out: BinaryIO) -> None:
    """Write the text of a file (UTF-8) to `out` as WAV: PCM, 16 bits, one channel, 22,050 Hz.

    Raises EngineMissing where eSpeak NG is not installed, TimedOut, EngineGarbage.
    """
    program = shutil.which("espeak-ng")
    if program is None:
        raise EngineMissing(engine="espeak-ng, which turns text into speech,", remedy=_REMEDY)
    with TemporaryDirectory(prefix="stele-speech-") as made:
        folder = Path(made).resolve()
        shutil.copyfile(text, folder / "text")
        sound = folder / "speech.wav"
        command = [program, "-b", "1", "-v", speech.language, "-f", "text", "-w", sound.name]
        status, _ = run(guarded(command, folder, _RULES), folder=folder, rules=_RULES, where="the speech")
        if status != 0 or not sound.exists():
            raise EngineGarbage(where="the speech")
        with sound.open("rb") as file:
            shutil.copyfileobj(file, out)
