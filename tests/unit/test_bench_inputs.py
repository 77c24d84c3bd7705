"""Which pages the bench reads, and what it takes for the truth about them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.inputs import SAMPLES, evenly, prepare, truth_of
from benchmarks.peers.tesseract import reading_of
from PIL import Image


def _label(folder: Path, file: str, **more: object) -> None:
    folder.mkdir(exist_ok=True)
    label = {"file": file, "width": 30, "height": 20, "language": "en", "text": "some text", **more}
    (folder / f"{Path(file).stem}.gt.json").write_text(json.dumps(label), "utf-8")


def test_samples_are_there_without_any_other_data(tmp_path: Path) -> None:
    inputs = prepare(tmp_path, tmp_path / "nowhere", sets=(SAMPLES, "funsd"), pages=4, cores=2)
    names = [page.name for page in inputs.pages if page.set == SAMPLES]
    assert len(names) == 7
    assert "report.pdf" not in names  # it has a text layer
    assert sum(page.set == "dense" for page in inputs.pages) == 2
    assert inputs.skipped == ("funsd: not in the data folder",)
    assert all(page.sheet.path.is_file() and page.truth.text for page in inputs.pages)
    areas = [width * height for width, height in (page.size for page in inputs.pages)]
    assert areas == sorted(areas, reverse=True)


def test_the_dense_page_has_53_lines_on_a4(tmp_path: Path) -> None:
    dense = prepare(tmp_path, tmp_path, sets=(), pages=1, cores=1).dense
    assert len(dense.truth.text.splitlines()) == 53
    assert dense.size == (1654, 2339)


def test_a_set_gives_png_and_jpeg_as_they_are_and_the_rest_as_png(tmp_path: Path) -> None:
    data, made = tmp_path / "data", tmp_path / "made"
    made.mkdir()
    scans = data / "scans"
    data.mkdir()
    for name in ("one.png", "two.tif", "three.png"):
        _label(scans, name)
    Image.new("L", (30, 20), 255).save(scans / "one.png")
    Image.new("1", (30, 20), 1).save(scans / "two.tif", compression="group4")
    _label(scans, "three.png", partial=True)  # not for reading all of the text
    pages = prepare(made, data, sets=("scans",), pages=9, cores=0).pages
    paths = {page.name: page.sheet.path for page in pages}
    assert paths.keys() == {"one.png", "two.tif"}
    assert paths["one.png"] == scans / "one.png"
    with Image.open(paths["two.tif"]) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (30, 20))


def test_what_a_label_says() -> None:
    word = {"text": "Hi", "poly": [1, 2, 11, 22]}
    label = {"text": "Hi", "language": "zh", "order": "unordered", "text_case": "upper", "words": [word]}
    truth = truth_of(label)
    assert (truth.language, truth.ordered, truth.caseless) == ("zh-Hans", False, True)
    assert truth.words[0].polygon == ((1, 2), (11, 2), (11, 22), (1, 22))
    assert truth_of({"text": "Hi", "order": "reading (blocks with order)"}).ordered
    assert truth_of({"text": "Hi"}).ordered


@pytest.mark.parametrize(("count", "chosen"), [(1, [0]), (3, [0, 3, 6]), (10, list(range(10))), (99, list(range(10)))])
def test_pages_are_chosen_at_equal_distances(count: int, chosen: list[int]) -> None:
    assert evenly(range(10), count) == chosen
    assert evenly([], count) == []


def test_tesseract_table_becomes_text_and_words() -> None:
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    rows = (
        (4, 1, 1, 1, 0, "10\t10\t90\t10\t-1\t"),
        (5, 1, 1, 1, 1, '10\t10\t20\t10\t96.5\t"Say'),
        (5, 1, 1, 1, 2, "40\t10\t20\t10\t96.5\tyes"),
        (5, 1, 1, 2, 1, "10\t30\t20\t10\t96.5\tnow"),
        (5, 2, 1, 1, 1, "10\t60\t20\t10\t96.5\tEnd"),
        (5, 2, 1, 1, 2, "40\t60\t20\t10\t95\t "),
    )
    table = head + "".join(f"{level}\t1\t{b}\t{p}\t{line}\t{w}\t{rest}\n" for level, b, p, line, w, rest in rows)
    reading = reading_of(f'{table}"Sayyes\nnow\n\nEnd\n')
    assert reading.text == '"Sayyes\nnow\n\nEnd'
    assert [line.text for line in reading.lines] == ['"Sayyes', "now", "End"]
    assert [line.text for line in reading_of(f"{table}Say\nyes\nnow\nEnd\n").lines] == ['"Say yes', "now", "End"]
    assert [word.text for word in reading.words] == ['"Say', "yes", "now", "End"]
    assert reading.words[1].polygon == ((40, 10), (60, 10), (60, 20), (40, 20))
