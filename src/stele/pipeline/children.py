"""Programs that the pipeline runs beside itself."""

from __future__ import annotations

import shutil


def with_parent() -> tuple[str, ...]:
    """What to put before a command so that it ends when this process is killed, where the system has it (util-linux
    2.33): a killed server leaves nothing behind."""
    return ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()
