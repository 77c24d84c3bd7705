"""Programs that the pipeline starts for one file, guarded: nothing of them stays.

They work in a folder of their own. Time, memory and the size of what they write are limited. Where bubblewrap is
installed and may be used, they have no network and see no file but those of the system's programs and of their folder.
They end with their parent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from stele.domain.errors import TimedOut
from stele.domain.value import Value
from stele.pipeline.children import with_parent

#: what a program may see of the system: itself, its libraries and its fonts
_SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib64", "/opt", "/etc/alternatives", "/etc/ld.so.cache"),
    *("/etc/libreoffice", "/etc/fonts", "/var/cache/fontconfig", "/var/lib/libreoffice"),
)


class ProgramRules(Value):
    """What one file may take: seconds (of the clock, and of one core), bytes of memory and of one file."""

    seconds: float = 150.0
    memory: int = 4 * 1024**3
    written: int = 2 * 1024**3


@cache
def is_sandboxed() -> bool:
    """Whether bubblewrap is installed, and the system lets this user use it."""
    if shutil.which("bwrap") is None:
        return False
    return subprocess.run([*sandbox(Path("/usr")), "true"], capture_output=True, check=False).returncode == 0


def limited(rules: ProgramRules) -> tuple[str, ...]:
    """What to put before a command so that it ends with this process, and has no more than `rules` allow; `ulimit`
    counts in kilobytes and blocks of 512 bytes."""
    limits = f"ulimit -v {rules.memory // 1024}; ulimit -f {rules.written // 512}; ulimit -t {round(rules.seconds)}"
    return (*with_parent(), "sh", "-c", f'{limits}; ulimit -c 0; exec "$@"', "sh")


def sandbox(folder: Path) -> list[str]:
    """What to put before a command so that it sees no more of the files than `folder` and the system's programs."""
    seen = [part for path in _SYSTEM for part in ("--ro-bind-try", path, path)]
    own = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - it is the sandbox's own
    return ["bwrap", "--unshare-all", "--die-with-parent", *own, *seen, "--bind", str(folder), str(folder)]


def guarded(command: list[str], folder: Path, rules: ProgramRules) -> list[str]:
    """A command with all its guards."""
    return [*limited(rules), *(sandbox(folder) if is_sandboxed() else ()), *command]


def run(
    command: list[str], *, folder: Path, rules: ProgramRules, where: str, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command in `folder` to its end: its status, and what it said. Raises TimedOut, which names `where`."""
    process = subprocess.Popen(
        command,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LC_ALL": "C.UTF-8",
            **(environment or {}),
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said, _ = process.communicate(timeout=rules.seconds)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(where=where, seconds=rules.seconds) from error
    finally:
        _end(process)
    return process.returncode, said.decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a command, nor of what it started."""
    if process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        process.kill()
        process.communicate()
