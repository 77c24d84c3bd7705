"""Models are fetched when somebody asks for it, whole and sound or not at all."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stele.adapters.egress.guarded import GuardedEgress, Sink
from stele.adapters.egress.policy import EgressPolicy
from stele.adapters.models import AddressSource, FolderModels, FolderSource, ModelSource
from stele.domain.errors import ModelDamaged, ModelUnavailable, UnknownModel
from stele.domain.job import Feature
from stele.domain.models import MODELS, Model, ModelFile, model_named
from stele.service.models import ModelState

DATA = {"a/one.onnx": bytes(range(256)) * 5000, "a/two.json": b'{"two": 2}'}


def model(url: str = "http://nowhere.invalid") -> Model:
    files = tuple(
        ModelFile(path=path, url=f"{url}/{path}", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for path, data in DATA.items()
    )
    return Model(name="toy", feature=Feature.LABELS, version="1", licence="CC0", about="A toy.", files=files)


def folder(path: Path, data: dict[str, bytes] = DATA) -> Path:
    for name, content in data.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


class Breaking:
    """A source that breaks after some bytes, the first time."""

    def __init__(self, source: ModelSource, after: int) -> None:
        self.source, self.after, self.offsets = source, after, list[int]()

    def fetch(self, file: ModelFile, out: Sink, offset: int) -> None:
        self.offsets.append(offset)
        if len(self.offsets) == 1:
            out.write(DATA[file.path][: self.after])
            raise OSError(5, "Input/output error")
        self.source.fetch(file, out, offset)


def test_a_model_is_pulled_once_and_is_sound(tmp_path: Path) -> None:
    models = FolderModels(tmp_path / "models", FolderSource(folder(tmp_path / "source")))
    assert models.state(model()) is ModelState.MISSING
    told: list[tuple[int, int]] = []
    models.pull(model(), lambda done, total: told.append((done, total)))
    assert told[-1] == (model().size, model().size)
    assert told == sorted(told)
    assert models.state(model()) is models.verify(model()) is ModelState.INSTALLED
    assert (tmp_path / "models/a/one.onnx").read_bytes() == DATA["a/one.onnx"]
    empty = FolderModels(tmp_path / "models", FolderSource(tmp_path / "nothing"))
    empty.pull(model(), silent)


def test_a_pull_that_broke_goes_on_where_it_was(tmp_path: Path) -> None:
    source = Breaking(FolderSource(folder(tmp_path / "source")), after=1000)
    models = FolderModels(tmp_path / "models", source)
    with pytest.raises(ModelUnavailable, match="Input/output error"):
        models.pull(model(), silent)
    assert models.state(model()) is ModelState.PARTLY
    models.pull(model(), silent)
    assert source.offsets == [0, 1000, 0]
    assert models.verify(model()) is ModelState.INSTALLED


def test_a_damaged_file_is_seen_and_put_right(tmp_path: Path) -> None:
    models = FolderModels(tmp_path / "models", FolderSource(folder(tmp_path / "source")))
    models.pull(model(), silent)
    whole = DATA["a/one.onnx"]
    (tmp_path / "models/a/one.onnx").write_bytes(b"x" + whole[1:])
    assert models.state(model()) is ModelState.INSTALLED  # by size
    assert models.verify(model()) is ModelState.DAMAGED
    models.pull(model(), silent)
    assert models.verify(model()) is ModelState.INSTALLED


def test_another_file_is_not_taken(tmp_path: Path) -> None:
    source = folder(tmp_path / "source", {**DATA, "a/one.onnx": b"something else"})
    models = FolderModels(tmp_path / "models", FolderSource(source))
    with pytest.raises(ModelDamaged, match=r"a/one\.onnx of the model toy"):
        models.pull(model(), silent)
    assert models.state(model()) is ModelState.MISSING
    assert not list((tmp_path / "models").rglob("*.part"))


class Ranges(BaseHTTPRequestHandler):
    """Answers with parts below /parts, and with all of a file elsewhere."""

    seen: list[str | None]

    def do_GET(self) -> None:
        asked = self.headers.get("range")
        self.seen.append(asked)
        data = DATA[self.path.removeprefix("/parts/").removeprefix("/whole/")]
        if asked and self.path.startswith("/parts/"):
            offset = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("content-range", f"bytes {offset}-{len(data) - 1}/{len(data)}")
            data = data[offset:]
        else:
            self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str | None]]]:
    seen: list[str | None] = []
    handler = type("Handler", (Ranges,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", seen
        listening.shutdown()


@pytest.mark.parametrize("kind", ["parts", "whole"])
def test_models_come_from_their_origins_in_parts_where_the_server_can(
    tmp_path: Path, server: tuple[str, list[str | None]], kind: str
) -> None:
    address, seen = server
    egress = GuardedEgress(EgressPolicy(allow=(ipaddress.ip_network("127.0.0.0/8"),)))
    source = Breaking(AddressSource(egress, mirror=None), after=777)
    models = FolderModels(tmp_path / "models", source)
    wanted = model(f"{address}/{kind}")
    with pytest.raises(ModelUnavailable):
        models.pull(wanted, silent)
    models.pull(wanted, silent)
    assert seen == ["bytes=777-", None]
    assert models.verify(wanted) is ModelState.INSTALLED
    mirrored = FolderModels(tmp_path / "mirrored", AddressSource(egress, mirror=f"{address}/{kind}/"))
    mirrored.pull(model(), silent)
    assert mirrored.verify(model()) is ModelState.INSTALLED


def test_addresses_of_models_are_guarded(tmp_path: Path, server: tuple[str, list[str | None]]) -> None:
    address, seen = server
    models = FolderModels(tmp_path / "models", AddressSource(GuardedEgress(EgressPolicy()), mirror=None))
    with pytest.raises(ModelUnavailable, match="toy"):
        models.pull(model(f"{address}/whole"), silent)
    assert seen == []


def test_the_manifest_is_in_order() -> None:
    names = [known.name for known in MODELS]
    assert len(set(names)) == len(names)
    for known in MODELS:
        for file in known.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.url.startswith("https://")
            assert "/main/" not in file.url and "/master/" not in file.url, "an origin is pinned"
    with pytest.raises(UnknownModel, match="faces"):
        model_named("nonsense")


def test_the_models_of_the_manifest_are_those_beside_this_checkout(tmp_path: Path, shared_data: Path) -> None:
    models = FolderModels(tmp_path / "models", FolderSource(shared_data.parent / "models"))
    for known in MODELS:
        models.pull(known, silent)
        assert models.verify(known) is ModelState.INSTALLED
