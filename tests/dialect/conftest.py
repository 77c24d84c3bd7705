"""A live server for all tests of this ring, and a project of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.dialect.aspose_live import Aspose, reading
from tests.dialect.google_live import Google, working
from tests.dialect.live import Live, Worker, serving
from tests.dialect.textract_live import Textract

from stele.domain.job import JobState
from stele.service import control, query
from stele.service.access import KeySet, create_keys
from stele.service.core import Principal
from stele.service.records import JobFilter
from stele.settings import Settings

_UNDER_WAY = tuple(state for state in JobState if not state.ended)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    data = tmp_path_factory.mktemp("server")
    settings = Settings(data=str(data), grpc_port=0, requests_per_second=100_000, picwish_qps=100_000)
    with serving(settings) as server:
        yield server


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Live]:
    """A server of this test alone, with limits that are easily reached."""
    settings = Settings(
        data=str(tmp_path),
        grpc_port=0,
        max_bytes=100_000,
        max_items=3,
        jobs_at_once=2,
        requests_per_second=5,
        retention_seconds=60,
    )
    with serving(settings) as server:
        yield server


@pytest.fixture
def keys(live: Live) -> Iterator[KeySet]:
    """A fresh project's. What the test leaves under way is cancelled, so that no other test's worker finds it."""
    made = create_keys(live.core, f"p-{secrets.token_hex(6)}")
    yield made
    principal = Principal(project=made.project)
    left = JobFilter(project=made.project, states=_UNDER_WAY, limit=10_000)
    for job in query.list_jobs(live.core, principal, left):
        control.cancel(live.core, principal, job.id)


@pytest.fixture
def client(live: Live, keys: KeySet) -> Iterator[httpx.Client]:
    with live.client(keys) as made:
        yield made


@pytest.fixture
def stranger(live: Live) -> Iterator[httpx.Client]:
    """Somebody else's project."""
    with live.client(create_keys(live.core, f"s-{secrets.token_hex(6)}")) as made:
        yield made


@pytest.fixture
def worker(live: Live) -> Worker:
    return Worker(live.core)


@pytest.fixture(scope="session")
def google_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data=str(tmp_path_factory.mktemp("google")), requests_per_second=100_000, egress_allow=("127.0.0.0/8",),
        egress_ports=tuple(range(1, 65_536)), grpc_port=0, picwish_qps=100_000,
    )  # fmt: skip


@pytest.fixture(scope="session")
def google_live(google_settings: Settings) -> Iterator[Live]:
    with serving(google_settings) as server:
        yield server


@pytest.fixture
def google(google_live: Live, tmp_path: Path) -> Google:
    """A project of its own for each test."""
    return Google(google_live, tmp_path / "papers", f"g-{secrets.token_hex(6)}")


@pytest.fixture
def textract(google_live: Live, tmp_path: Path) -> Textract:
    """A project of its own for each test."""
    return Textract(google_live, tmp_path / "papers", f"t-{secrets.token_hex(6)}")


@pytest.fixture
def workers(google_live: Live, google_settings: Settings) -> Iterator[None]:
    with working(google_live.core, google_settings):
        yield


@pytest.fixture(scope="session")
def aspose_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        data=str(tmp_path_factory.mktemp("aspose")), requests_per_second=100_000, grpc_port=0, aspose_hold_seconds=30,
        anonymous_project="anybody",
    )  # fmt: skip


@pytest.fixture(scope="session")
def aspose_live(aspose_settings: Settings) -> Iterator[Live]:
    with serving(aspose_settings) as server:
        yield server


@pytest.fixture
def aspose(aspose_live: Live) -> Aspose:
    """A project of its own for each test."""
    return Aspose(aspose_live, f"a-{secrets.token_hex(6)}")


@pytest.fixture(scope="session")
def readers(aspose_live: Live, aspose_settings: Settings) -> Iterator[None]:
    """Workers that really read."""
    with reading(aspose_live.core, aspose_settings):
        yield
