"""What a machine has of what Stele uses. Libraries are tried in a child: one that crashes is a finding."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from stele.cli.machine import cores
from stele.cli.pool import Pool
from stele.domain.errors import EngineMissing, Failure, LayoutMissing
from stele.domain.job import EngineName
from stele.domain.value import Value
from stele.pipeline import programs
from stele.pipeline.intake import office_program

if TYPE_CHECKING:
    from stele.pipeline.reading.engines.choosing import EngineProbe

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
_GIB = 1024**3
#: what one page at a time needs, with the engine loaded
_ENOUGH_MEMORY = 2 * _GIB
_ENOUGH_DISK = 2 * _GIB


class Standing(StrEnum):
    """`WEAK`: it works, with what `cost` says; `MISSING`: something optional is not there; `BROKEN`: nothing works."""

    GOOD = "good"
    WEAK = "weak"
    MISSING = "missing"
    BROKEN = "broken"


class Finding(Value):
    """One thing that was looked at. `cost` says what its state costs, and what to do; empty when all is well."""

    group: str
    name: str
    standing: Standing
    found: str
    cost: str = ""


class Library(Value):
    """A library that is needed: the module, the distribution that brings it, and what it is for."""

    module: str
    distribution: str
    purpose: str


_LIBRARIES = (
    Library(module="pypdfium2", distribution="pypdfium2", purpose="opening PDF files"),
    Library(module="pikepdf", distribution="pikepdf", purpose="writing searchable PDF files"),
    Library(module="PIL", distribution="pillow", purpose="opening images"),
    Library(module="cv2", distribution="opencv-contrib-python-headless", purpose="preparing pages for reading"),
    Library(module="openvino", distribution="openvino", purpose="running the default engine"),
)

#: formats that depend on how a library was built, by the names that Pillow has for them
_FORMATS = {"AVIF": "avif", "WebP": "webp", "JPEG 2000": "jpg_2000", "TIFF (compressed)": "libtiff"}

#: instructions of x86 that make reading faster, best first
_INSTRUCTIONS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx512f", "avx2")


class Tried(Value):
    """What came of trying something in a child: a version, or why there is none."""

    version: str | None = None
    reason: str = ""


class TryLibrary(Value):
    """Imports a library."""

    library: Library

    @property
    def where(self) -> str:
        return self.library.module

    def do(self, desk: object) -> Tried:
        try:
            importlib.import_module(self.library.module)
            return Tried(version=importlib.metadata.version(self.library.distribution))
        except (ImportError, OSError) as error:
            return Tried(reason=str(error))


class TryFormat(Value):
    """Asks a library whether it was built with a format; HEIC has one of its own."""

    name: str

    @property
    def where(self) -> str:
        return self.name

    def do(self, desk: object) -> Tried:
        try:
            if self.name == "HEIC":
                import pillow_heif

                return Tried(version=f"libheif {pillow_heif.libheif_version()}")
            from PIL import features

            return Tried(version=features.version(_FORMATS[self.name]), reason="Pillow was built without it")
        except (ImportError, OSError) as error:
            return Tried(reason=str(error))


class ProbeEngines(Value):
    """Asks which engines are installed."""

    where: str = "the engines"

    def do(self, desk: object) -> tuple[EngineProbe, ...]:
        """Raises EngineMissing where a library that all engines need cannot be loaded."""
        try:
            from stele.pipeline.reading.engines.choosing import probe
        except (ImportError, OSError) as error:
            raise EngineMissing(engine="any", remedy=str(error)) from error
        return probe()


def diagnose(data: Path) -> list[Finding]:
    """All findings, in the order in which they are worth reading. `data` is the data folder, there or not."""
    with Pool(make_desk=object, size=1) as pool:
        return [*_machine(data), *_libraries(pool), *_formats(pool), _office(), *_engines(pool)]


def _machine(data: Path) -> Iterator[Finding]:
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield _finding("machine", "system", system)
    yield _finding("machine", "cores", str(cores()))
    memory = _memory()
    yield _finding(
        "machine",
        "memory",
        f"{memory / _GIB:.1f} GiB",
        cost="" if memory >= _ENOUGH_MEMORY else "Large pages may fail for want of memory.",
    )
    instructions = _instructions()
    yield _finding(
        "machine",
        "CPU",
        ", ".join(instructions) or "none of the instructions that are looked for",
        cost="Reading is slow without AVX2." if platform.machine() == "x86_64" and not instructions else "",
    )
    place = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    yield _finding(
        "machine",
        "disk",
        f"{free / _GIB:.1f} GiB free for {data}",
        cost="" if free >= _ENOUGH_DISK else "A server refuses jobs when its disk is full.",
    )


def _libraries(pool: Pool[object]) -> Iterator[Finding]:
    for library, tried in zip(_LIBRARIES, pool.in_order(TryLibrary(library=one) for one in _LIBRARIES), strict=True):
        reason = tried.message if isinstance(tried, Failure) else tried.reason
        version = None if isinstance(tried, Failure) else tried.version
        yield Finding(
            group="libraries",
            name=library.module,
            standing=Standing.GOOD if version else Standing.BROKEN,
            found=version or reason,
            cost="" if version else f"It is needed for {library.purpose}. Install {library.distribution} again.",
        )


def _formats(pool: Pool[object]) -> Iterator[Finding]:
    names = ("HEIC", *_FORMATS)
    for name, tried in zip(names, pool.in_order(TryFormat(name=name) for name in names), strict=True):
        reason = tried.message if isinstance(tried, Failure) else tried.reason
        version = None if isinstance(tried, Failure) else tried.version
        yield Finding(
            group="formats",
            name=name,
            standing=Standing.GOOD if version else Standing.MISSING,
            found=version or reason,
            cost="" if version else f"{name} files cannot be read.",
        )


def _office() -> Finding:
    group, name = "formats", "office files"
    try:
        found = office_program.version()
    except LayoutMissing as error:
        return Finding(group=group, name=name, standing=Standing.MISSING, found="no LibreOffice", cost=error.message)
    if programs.is_sandboxed():
        return _finding(group, name, f"{found}, in a sandbox")
    cost = "Where it can be used, bubblewrap shuts LibreOffice in. Install it, e.g.: apt-get install bubblewrap"
    return _finding(group, name, f"{found}, without a sandbox", cost=cost)


def _engines(pool: Pool[object]) -> Iterator[Finding]:
    probes = pool.result(pool.submit(ProbeEngines()))
    if isinstance(probes, Failure):
        cost = "Nothing can be read. See the libraries above."
        yield Finding(group="engines", name="all", standing=Standing.BROKEN, found=probes.message, cost=cost)
        return
    usable = any(engine.available for engine in probes)
    for engine in probes:
        yield Finding(
            group="engines",
            name=engine.name,
            standing=_standing_of(engine, usable=usable),
            found=f"{engine.version}; {engine.detail}" if engine.available else engine.detail,
            cost=" ".join(filter(None, ("" if engine.available else _ENGINE_COSTS[engine.name], engine.remedy))),
        )


def _standing_of(engine: EngineProbe, *, usable: bool) -> Standing:
    if engine.available:
        return Standing.WEAK if engine.remedy else Standing.GOOD
    return Standing.MISSING if usable else Standing.BROKEN


#: what a missing engine costs
_ENGINE_COSTS = {
    EngineName.PADDLE: "Scans are read by Tesseract only, with more errors.",
    EngineName.TESSERACT: "Scans in Arabic, Hebrew, Cyrillic, Greek, Korean, Thai, Indic and other scripts that the "
    "default engine lacks cannot be read.",
}


def _finding(group: str, name: str, found: str, *, cost: str = "") -> Finding:
    return Finding(group=group, name=name, standing=Standing.WEAK if cost else Standing.GOOD, found=found, cost=cost)


def _memory() -> int:
    """Bytes that this process may use: the machine's, or its control group's."""
    total = psutil.virtual_memory().total
    limit = _MEMORY_LIMIT.read_text().strip() if _MEMORY_LIMIT.is_file() else "max"
    return total if limit == "max" else min(total, int(limit))


def _instructions() -> list[str]:
    """The instructions that help, of those that the CPU says it has; empty where it does not say."""
    if not _CPU_INFO.is_file():
        return []
    flags = next((line for line in _CPU_INFO.read_text().splitlines() if line.startswith("flags")), "").split()
    return [name for name in _INSTRUCTIONS if name in flags]
