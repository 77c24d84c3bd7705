"""Files without pages, or with pages that only another program opens: what that program makes of them is read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

from stele.domain.media import Limits, MediaType
from stele.pipeline.intake.pdf import PdfDocument


class LaysOut(Protocol):
    """See `stele.pipeline.intake.opening.lay_out`."""

    def __call__(
        self, path: Path, out: BinaryIO, *, name: str, limits: Limits, password: str | None = None
    ) -> MediaType: ...


class LaidOutDocument(PdfDocument):
    """An `OpenDocument` over one file, laid out for as long as it is open. For one thread."""

    def __init__(self, path: Path, lays_out: LaysOut, *, name: str, limits: Limits, password: str | None) -> None:
        """Raises the cases of `lays_out`, and PageLimitExceeded."""
        self._folder = TemporaryDirectory(prefix="stele-pages-")
        laid_out = Path(self._folder.name, "pages.pdf")
        try:
            with laid_out.open("wb") as out:
                self.media_type = lays_out(path, out, name=name, limits=limits, password=password)
            super().__init__(laid_out, name=name, limits=limits, password=None)
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        self._folder.cleanup()
