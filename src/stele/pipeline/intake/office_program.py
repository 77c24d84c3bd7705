"""LibreOffice as a guarded child: one start, one file, nothing of it stays.

It works in a folder of its own, with a profile made for this one file that trusts no macro and follows no link (see
`libreoffice/`), and with the guards of `stele.pipeline.programs`; where there is no sandbox, its profile sends it to a
proxy that is not there.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

from stele.domain.errors import CorruptInput, LayoutMissing, OutOfMemory, TimedOut
from stele.domain.value import Value
from stele.pipeline.programs import ProgramRules, is_sandboxed, limited, run, sandbox

_MACRO = "macro:///Standard.Stele.LayOut"
_PACKAGES = "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
#: it ends with this after it has set up a new profile, and wants to be started again
_AGAIN = 81
#: as it is told of a process, and as a sandbox tells it
_CRASHED = (-signal.SIGABRT, -signal.SIGSEGV, 128 + signal.SIGABRT, 128 + signal.SIGSEGV)
_CRASH = "it crashed: the file may be damaged, or need too much memory"


class LayoutRules(ProgramRules):
    """What laying out one file may take."""


class LayoutTask(Value):
    """A file in a folder of its own: `input_name` there is laid out as `output.pdf`.

    `name` is what messages call it. `read_as` names the program's filter where it is not told by the content;
    `password` opens an OpenDocument file.
    """

    folder: Path
    input_name: str
    name: str
    read_as: str = ""
    password: str = ""

    @property
    def output(self) -> Path:
        return self.folder / "output.pdf"


class NotLoaded(Exception):
    """The program does not open the file."""


def lay_out(task: LayoutTask, rules: LayoutRules) -> None:
    """Raises NotLoaded, LayoutMissing, TimedOut, OutOfMemory and CorruptInput."""
    with as_file(files("stele.pipeline.intake") / "libreoffice") as profile:
        shutil.copytree(profile, task.folder / "profile" / "user")
    command = [
        *limited(rules),
        *(sandbox(task.folder) if is_sandboxed() else ()),
        _program(),
        f"-env:UserInstallation={(task.folder / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nologo", "--nodefault"),
    ]
    status, said = _run([*command, _MACRO], task, rules)
    if status == _AGAIN:
        status, said = _run([*command, _MACRO], task, rules)
    outcome = task.folder / "outcome"
    told = outcome.read_text("utf-8", "replace").strip() if outcome.exists() else ""
    if told == "done":
        return
    if status in _CRASHED and not task.password and _converted(command, task, rules):
        return
    if told == "unloaded":
        raise NotLoaded
    if status in {-signal.SIGXCPU, 128 + signal.SIGXCPU}:
        raise TimedOut(where=task.name, seconds=rules.seconds)
    if "bad_alloc" in said or "memory" in told:
        raise OutOfMemory(where=task.name)
    raise CorruptInput(name=task.name, reason=f"LibreOffice fails on it ({told or _CRASH})")


def _converted(command: list[str], task: LayoutTask, rules: LayoutRules) -> bool:
    """The program's own conversion, which some files survive that crash it when they are opened by a macro: these want
    windows that the program, installed without them, has not."""
    _run([*command, "--convert-to", "pdf", "--outdir", str(task.folder / "made"), task.input_name], task, rules)
    made = (task.folder / "made" / task.input_name).with_suffix(".pdf")
    if not made.exists():
        return False
    made.replace(task.output)
    return True


def version() -> str:
    """What the installed program calls itself. Raises LayoutMissing."""
    return subprocess.run([_program(), "--version"], capture_output=True, text=True, check=False).stdout.strip()


def _program() -> str:
    """The program itself, not the script that starts it behind a splash screen: that would not end with its parent.

    Raises LayoutMissing.
    """
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        raise LayoutMissing(packages=_PACKAGES)
    behind = Path(found).resolve().with_name("soffice.bin")
    return str(behind) if behind.exists() else found


def _run(command: list[str], task: LayoutTask, rules: LayoutRules) -> tuple[int, str]:
    """The status of a command that ended by itself, and what it said. Raises TimedOut."""
    told = {
        "STELE_FOLDER": str(task.folder),
        "STELE_INPUT": task.input_name,
        "STELE_FILTER": task.read_as,
        "STELE_PASSWORD": task.password,
    }
    return run(command, folder=task.folder, rules=rules, where=task.name, environment=told)
