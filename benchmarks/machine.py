"""What a measurement was made on: a number without its machine says nothing."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from openvino import Core, properties

from benchmarks.inputs import ROOT
from stele.settings import Settings

_PACKAGES = ("stele", "openvino", "onnxruntime", "rapidocr", "opencv-contrib-python-headless", "numpy", "pypdfium2",
             "uvicorn", "starlette", "SQLAlchemy")  # fmt: skip
_COMMANDS = {"tesseract": ("tesseract", "--version"), "wrk": ("wrk", "-v")}
_FSYNCS = 50
_FSYNC_BYTES = 4096


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe() -> dict[str, object]:
    """The machine, the versions and the commit. `load_before` tells whether anything else was running."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cpu": _cpu(),
        "cores": cores(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "load_before": round(psutil.getloadavg()[0], 2),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])} {platform.machine()}",
        "python": platform.python_version(),
        "precision": _precision(),
        "versions": _versions(),
        **_commit(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _precision() -> str:
    """In what numbers readers compute with their defaults."""
    chosen = Core().get_property("CPU", properties.hint.inference_precision).get_type_name()
    return f"OpenVINO chooses {chosen} on this CPU, and Stele's setting is {Settings().precision}; ONNX Runtime f32"


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    for name, command in _COMMANDS.items():
        said = _said(command)
        found[name] = said.splitlines()[0].removeprefix(f"{name} ").partition(" [")[0] if said else "not installed"
    return found


def _commit() -> dict[str, object]:
    commit = _said(("git", "-C", str(ROOT), "rev-parse", "HEAD")).strip()
    changes = _said(("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no", "--", "src"))
    return {"commit": commit or None, "source_changed": bool(changes.strip())}


def _said(command: tuple[str, ...]) -> str:
    """What a command prints; nothing where there is none."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    return run.stdout or run.stderr


@dataclass(frozen=True, kw_only=True)
class Disk:
    """What a folder lies on: `device` and `kind` of the file system, and the median time of a small durable write."""

    device: str
    kind: str
    fsync_ms: float

    def __str__(self) -> str:
        return f"{self.kind} on {self.device}, {self.fsync_ms:.2f} ms an fsync"


def disk(folder: Path) -> Disk:
    """Measure the disk below `folder`: 4 KiB written and synced, some fifty times."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_FSYNCS):
            file.write(os.urandom(_FSYNC_BYTES))
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    resolved = folder.resolve()
    partitions = [each for each in psutil.disk_partitions(all=True) if resolved.is_relative_to(each.mountpoint)]
    partition = max(partitions, key=lambda each: len(each.mountpoint), default=None)
    return Disk(
        device=partition.device if partition else "unknown device",
        kind=partition.fstype if partition else "unknown file system",
        fsync_ms=round(statistics.median(times), 3),
    )
