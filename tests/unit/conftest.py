"""Documents opened from their bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., OpenDocument]:
    def open_bytes(data: bytes, password: str | None = None, *, name: str = "report", **limits: int) -> OpenDocument:
        path = tmp_path / "input"
        path.write_bytes(data)
        return open_document(path, name=name, limits=Limits(**limits), password=password)

    return open_bytes
