"""Fixtures shared by all rings of tests."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# A runner in the background of a shell ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real documents with ground truth that lies beside a developer's checkout; a user has none."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip("needs ../shared/data (real documents with ground truth), which is not beside this checkout")
    return data
