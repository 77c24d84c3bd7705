"""The stores whose contract is tested: every database that Stele runs on passes all `test_store_*.py`.

A test speaks to the ports only. `make_store` gives an empty store and, called again, the same store opened anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.store_calls import MakeStore

from stele.adapters.store.store import embedded
from stele.service.ports import Store


@pytest.fixture(params=["sqlite"])
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    opened: list[Store] = []

    def make() -> Store:
        opened.append(embedded(tmp_path / "stele.db"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    store = make_store()
    for project in ("p", "q"):
        store.create_project(project, "whsec_c2VjcmV0")
    return store
