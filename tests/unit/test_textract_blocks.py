"""Pages as blocks: what is there, in which order, and what points at what."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import _moved, block, line, page, paragraph

from stele.dialects.textract.blocks import call_blocks, page_blocks
from stele.dialects.textract.calls import job_id, job_of, new_job
from stele.dialects.textract.errors import TextractError
from stele.dialects.textract.model import service
from stele.dialects.textract.results import sheaves
from stele.dialects.textract.tokens import START, Position, position_of, token_of
from stele.domain.document import (
    Answer,
    Break,
    Cell,
    CellKind,
    Field,
    Mark,
    MarkKind,
    Page,
    PageError,
    Region,
    RegionKind,
    Span,
    Table,
)
from stele.domain.geometry import Orientation, Polygon, bounding, rectangle, turned
from stele.domain.job import Feature, Item, Job, JobOptions, JobState, Source, SourceKind
from stele.domain.value import changed

JOB = "01a1fc4a-2523-7e4b-80ed-a269bff3697b"
ALL = (Feature.TEXT, Feature.TABLES, Feature.FORMS, Feature.LAYOUT, Feature.QUERIES, Feature.SIGNATURES)


def fits(shape: Any, value: Any) -> None:
    """The value is one that the service model knows."""
    match shape.type_name:
        case "structure":
            assert set(value) <= set(shape.members), set(value) - set(shape.members)
            for name, one in value.items():
                fits(shape.members[name], one)
        case "list":
            assert value, "an empty list is left out"
            for one in value:
                fits(shape.member, one)
        case "string":
            assert isinstance(value, str) and (not shape.enum or value in shape.enum), (shape.name, value)
        case "integer":
            assert type(value) is int
        case "float":
            assert type(value) is float and struct.unpack("f", struct.pack("f", value))[0] == value, "of 32 bits"
        case other:
            raise AssertionError(other)


def span(found: Page, *words: int, marks: tuple[int, ...] = ()) -> Span:
    shown = [word for word in found.words() if word.index in words]
    polygon = bounding([word.polygon for word in shown] or [found.marks[mark].polygon for mark in marks])
    return Span(text=" ".join(word.text for word in shown), words=words, polygon=polygon, marks=marks)


@pytest.fixture
def form() -> Page:
    """
    Report             0
    Paid x Name: Jane  1 2 3 4    with a checkbox left of Paid, and a signature
    Goods              5          a heading over both columns of a table,
    Pen 3              6 7        whose last row this is
    first second       8 9        a list of two items
    """
    x = [line("Report", top=50), line("Paid x Name: Jane", top=100, first=1), line("Goods", top=200, first=5)]
    x += [line("Pen 3", top=230, first=6), line("first", top=300, first=8), line("second", top=330, first=9)]
    drawn = Page(number=2, width=600, height=800, blocks=(block([paragraph([one]) for one in x]),))
    marks = (
        Mark(kind=MarkKind.CHECKBOX, polygon=rectangle(20, 100, 40, 120), confidence=0.8, selected=True),
        Mark(kind=MarkKind.SIGNATURE, polygon=rectangle(300, 600, 400, 640), confidence=0.7),
        Mark(kind=MarkKind.CHECKBOX, polygon=rectangle(500, 700, 520, 720), confidence=0.6),
    )
    drawn = changed(drawn, marks=marks)
    heading = Cell(
        row=0, column=0, column_span=2, text="Goods", words=(5,), polygon=rectangle(50, 200, 250, 225),
        header=True, kind=CellKind.COLUMN_HEADER, confidence=0.9,
    )  # fmt: skip
    cells = (
        heading,
        Cell(row=1, column=0, text="Pen", words=(6,), polygon=rectangle(50, 225, 90, 255)),
        Cell(row=1, column=1, text="3", words=(7,), polygon=rectangle(90, 225, 250, 255)),
    )
    table = Table(polygon=rectangle(50, 200, 250, 255), cells=cells, confidence=0.9, title=span(drawn, 0))
    fields = (
        Field(key=span(drawn, 3), value=span(drawn, 4), confidence=0.9),
        Field(key=span(drawn, 1), value=span(drawn, marks=(0,)), confidence=0.8),
        Field(key=span(drawn, 2), value=None, confidence=0.5),
    )
    items = [
        Region(kind=RegionKind.TEXT, polygon=span(drawn, n).polygon, words=(n,), confidence=1, within=2) for n in (8, 9)
    ]
    regions = (
        Region(kind=RegionKind.TITLE, polygon=span(drawn, 0).polygon, words=(0,), confidence=0.9),
        Region(kind=RegionKind.KEY_VALUE, polygon=span(drawn, 1, 4).polygon, words=(1, 2, 3, 4), confidence=0.9),
        Region(kind=RegionKind.LIST, polygon=span(drawn, 8, 9).polygon, words=(8, 9), confidence=0.9),
        *items,
        Region(kind=RegionKind.TABLE, polygon=table.polygon, words=(5, 6, 7), confidence=0.9),
        Region(kind=RegionKind.FIGURE, polygon=rectangle(300, 600, 400, 640), words=(), confidence=0.9),
    )
    answers = (
        Answer(query="Who?", alias="who", span=span(drawn, 4), confidence=0.75),
        Answer(query="Why?", alias=None, span=None, confidence=0),
    )
    return changed(drawn, tables=(table,), fields=fields, regions=regions, answers=answers)


def linked(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The blocks by their ids, which are all different and all there are."""
    found = {one["Id"]: one for one in blocks}
    assert len(found) == len(blocks)
    for one in blocks:
        for relation in one.get("Relationships", ()):
            assert relation["Ids"] and set(relation["Ids"]) <= found.keys()
    return found


def related(blocks: list[dict[str, Any]], one: dict[str, Any], kind: str = "CHILD") -> list[dict[str, Any]]:
    by_id = {other["Id"]: other for other in blocks}
    return [by_id[i] for relation in one.get("Relationships", ()) if relation["Type"] == kind for i in relation["Ids"]]


def said(blocks: list[dict[str, Any]], one: dict[str, Any]) -> str:
    return " ".join(other.get("Text", other["BlockType"]) for other in related(blocks, one))


def of(blocks: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in blocks if one["BlockType"] == kind]


def kinds(blocks: list[dict[str, Any]]) -> str:
    """The kinds in order, each run of one kind once."""
    runs = [one["BlockType"] for one in blocks]
    return " ".join(kind for kind, before in zip(runs, ["", *runs], strict=False) if kind != before)


def test_all_of_a_page_in_textracts_order(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    linked(blocks)
    fits(service().shape_for("BlockList"), blocks)
    assert kinds(blocks) == (
        "PAGE LINE WORD SELECTION_ELEMENT TABLE CELL MERGED_CELL TABLE_TITLE KEY_VALUE_SET QUERY QUERY_RESULT QUERY "
        "SIGNATURE LAYOUT_TITLE LAYOUT_KEY_VALUE LAYOUT_LIST LAYOUT_TEXT LAYOUT_TABLE LAYOUT_FIGURE"
    )
    assert {one["Page"] for one in blocks} == {2}
    nested = {"PAGE", "WORD", "SELECTION_ELEMENT", "CELL", "MERGED_CELL", "TABLE_TITLE"}
    assert related(blocks, blocks[0]) == [one for one in blocks if one["BlockType"] not in nested]


def test_only_what_was_asked_for(form: Page) -> None:
    assert kinds(call_blocks(form, JOB, (Feature.TEXT,))) == "PAGE LINE WORD"
    assert not of(page_blocks(form, JOB, (Feature.TEXT, Feature.TABLES)), "SELECTION_ELEMENT"), "none is in a table"
    assert len(of(page_blocks(form, JOB, (Feature.TEXT, Feature.FORMS)), "SELECTION_ELEMENT")) == 1
    assert all("Page" not in one for one in call_blocks(form, JOB, ALL))


def test_the_members_of_each_kind(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    everywhere = {"BlockType", "Id", "Page"}
    members = {one["BlockType"]: set(one) - everywhere - {"Relationships", "EntityTypes"} for one in blocks}
    assert members["PAGE"] == {"Geometry"}
    assert members["LINE"] == {"Confidence", "Text", "Geometry"}
    assert members["WORD"] == {"Confidence", "Text", "TextType", "Geometry"}
    assert members["CELL"] == {"Confidence", "Geometry", "RowIndex", "ColumnIndex", "RowSpan", "ColumnSpan"}
    assert members["SELECTION_ELEMENT"] == {"Confidence", "Geometry", "SelectionStatus"}
    assert members["QUERY"] == {"Query"}
    assert members["QUERY_RESULT"] == {"Confidence", "Text", "Geometry"}
    assert all("Relationships" not in one for kind in ("WORD", "SIGNATURE") for one in of(blocks, kind))


def test_lines_are_their_words(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    for one in of(blocks, "LINE"):
        words = related(blocks, one)
        assert one["Text"] == " ".join(word["Text"] for word in words)
        assert one["Confidence"] == pytest.approx(sum(word["Confidence"] for word in words) / len(words))


def test_a_table_and_what_is_merged_in_it(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    (table,) = of(blocks, "TABLE")
    assert [relation["Type"] for relation in table["Relationships"]] == ["CHILD", "MERGED_CELL", "TABLE_TITLE"]
    assert table["EntityTypes"] == ["STRUCTURED_TABLE"]
    cells = related(blocks, table)
    places = [(one["RowIndex"], one["ColumnIndex"], one["RowSpan"], one["ColumnSpan"]) for one in cells]
    assert places == [(1, 1, 1, 1), (1, 2, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1)]
    assert [said(blocks, one) for one in cells] == ["Goods", "", "Pen", "3"], "the text stays where it is"
    assert [one.get("EntityTypes") for one in cells] == [["COLUMN_HEADER"], ["COLUMN_HEADER"], None, None]
    (merged,) = related(blocks, table, "MERGED_CELL")
    assert (merged["RowIndex"], merged["ColumnIndex"], merged["RowSpan"], merged["ColumnSpan"]) == (1, 1, 1, 2)
    assert related(blocks, merged) == cells[:2] and merged["EntityTypes"] == ["COLUMN_HEADER"]
    cut = cells[0]["Geometry"]["BoundingBox"]
    assert cut["Left"] + cut["Width"] == pytest.approx(90 / 600), "cut where the columns below are"
    assert [said(blocks, one) for one in related(blocks, table, "TABLE_TITLE")] == ["Report"]


def test_keys_and_values(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    pairs = of(blocks, "KEY_VALUE_SET")
    assert [one["EntityTypes"] for one in pairs] == [["KEY"], ["VALUE"]] * 3
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        assert key["Relationships"][0] == {"Type": "VALUE", "Ids": [value["Id"]]}
        assert key["Confidence"] == value["Confidence"]
    assert [said(blocks, one) for one in pairs] == ["Name:", "Jane", "Paid", "SELECTION_ELEMENT", "x", ""]
    assert related(blocks, pairs[3])[0]["SelectionStatus"] == "SELECTED"
    assert "Relationships" not in pairs[5], "an empty value points at nothing"


def test_layout_has_every_line_once(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    layout = [one for one in blocks if one["BlockType"].startswith("LAYOUT")]
    assert [said(blocks, one) for one in layout] == [
        "Report", "Paid x Name: Jane", "LAYOUT_TEXT LAYOUT_TEXT", "first", "second", "Goods Pen 3", "",
    ]  # fmt: skip
    lines = [line["Id"] for one in layout for line in related(blocks, one) if line["BlockType"] == "LINE"]
    assert sorted(lines) == sorted(one["Id"] for one in of(blocks, "LINE"))


def test_queries_and_their_answers(form: Page) -> None:
    blocks = page_blocks(form, JOB, ALL)
    who, why = of(blocks, "QUERY")
    assert who["Query"] == {"Text": "Who?", "Alias": "who"} and why["Query"] == {"Text": "Why?"}
    (answer,) = related(blocks, who, "ANSWER")
    assert (answer["Text"], answer["Confidence"]) == ("Jane", 75.0)
    assert "Relationships" not in why


def test_words_that_touch_are_one_word() -> None:
    found = line("one two three")
    words = (changed(found.words[0], break_=Break.NONE), *found.words[1:])
    drawn = Page(number=1, width=600, height=800, blocks=(block([paragraph([changed(found, words=words)])]),))
    blocks = page_blocks(drawn, JOB, ())
    assert [one["Text"] for one in of(blocks, "WORD")] == ["onetwo", "three"]
    first = of(blocks, "WORD")[0]["Geometry"]["BoundingBox"]
    assert first["Left"] + first["Width"] == pytest.approx(words[1].polygon[1][0] / 600)


def test_quotes_and_dashes_are_plain() -> None:
    found = page(1, ["\u201cit\u2019s\u201d 1\u20132 \u2014 caf\u00e9\u2026"])
    assert [one["Text"] for one in of(page_blocks(found, JOB, ()), "LINE")] == ['"it\'s" 1-2 - caf\u00e9...']


def test_lines_come_row_by_row_across_columns() -> None:
    left = [line("a", left=50, top=100), line("c", left=50, top=140, first=1)]
    right = [line("b", left=350, top=108, first=2), line("d", left=350, top=148, first=3)]
    drawn = Page(number=1, width=600, height=800, blocks=(block([paragraph(left)]), block([paragraph(right)])))
    assert [one["Text"] for one in of(page_blocks(drawn, JOB, ()), "LINE")] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("turn", [0, 90, 180, -90, 8])
def test_a_wide_gap_parts_two_lines(turn: float) -> None:
    near, far = line("Total amount", top=100), line("12.50", top=100, left=280, first=2)
    one = changed(near, words=(*near.words, *far.words), polygon=bounding([near.polygon, far.polygon]))
    whole = page(1, ["x"], turn=turn)
    found = changed(whole, blocks=(_moved(block([paragraph([one])]), lambda polygon: _turned(polygon, turn)),))
    blocks = page_blocks(found, JOB, ())
    assert [one["Text"] for one in of(blocks, "LINE")] == ["Total amount", "12.50"]
    linked(blocks)


def _turned(polygon: Polygon, degrees: float) -> Polygon:
    a, b, c, d = (turned(point, degrees, (300, 400)) for point in polygon)
    return a, b, c, d


@pytest.mark.parametrize(("turn", "first"), [(0, (0.0, 0.0)), (90, (1.0, 0.0)), (180, (1.0, 1.0)), (-90, (0.0, 1.0))])
def test_turned_pages_begin_where_their_text_does(turn: float, first: tuple[float, float]) -> None:
    found = page(1, ["Hello world", "again"], turn=turn)
    blocks = page_blocks(found, JOB, ())
    fits(service().shape_for("BlockList"), blocks)
    corner = blocks[0]["Geometry"]["Polygon"][0]
    assert (corner["X"], corner["Y"]) == first
    assert [one["Text"] for one in of(blocks, "LINE")] == ["Hello world", "again"]
    ahead, after = of(blocks, "WORD")[0]["Geometry"]["Polygon"][:2]
    reads = {0: after["X"] > ahead["X"], 90: after["Y"] > ahead["Y"]}
    reads |= {180: after["X"] < ahead["X"], -90: after["Y"] < ahead["Y"]}
    assert reads[int(turn)], "the upper side of a word runs as it reads"
    for one in blocks:
        box, corners = one["Geometry"]["BoundingBox"], one["Geometry"]["Polygon"]
        assert box["Left"] == min(corner["X"] for corner in corners) and box["Top"] == min(c["Y"] for c in corners)
        assert all(0 <= corner[axis] <= 1 for corner in corners for axis in "XY")


def test_a_pdf_is_seen_as_it_is_displayed_and_a_picture_as_it_is_stored() -> None:
    stored = page(1, ["Hello"], orientation=Orientation.QUARTER_RIGHT, angle=-90.0)
    lying = of(page_blocks(stored, JOB, ()), "WORD")[0]["Geometry"]["BoundingBox"]
    displayed = page_blocks(changed(stored, points=(800.0, 600.0)), JOB, ())
    upright = of(displayed, "WORD")[0]["Geometry"]["BoundingBox"]
    assert lying["Height"] * 600 > lying["Width"] * 800 and upright["Width"] * 600 > upright["Height"] * 800
    assert displayed[0]["Geometry"]["Polygon"][0] == {"X": 0.0, "Y": 0.0}


def test_a_page_that_failed_is_a_page() -> None:
    failed = Page(number=3, width=0, height=0, error=PageError(code="x", message="y"))
    (only,) = page_blocks(failed, JOB, ALL)
    assert "Relationships" not in only and only["Page"] == 3
    assert only["Geometry"]["BoundingBox"] == {"Width": 1.0, "Height": 1.0, "Left": 0.0, "Top": 0.0}


# -- paging -----------------------------------------------------------------------------------------------------------


def job_of_pages(count: int) -> Job:
    item = Item(index=0, name="a", source=Source(kind=SourceKind.UPLOAD, name="a"), pages=count, document_pages=count)
    return Job(
        id=JOB, project="p", dialect="textract", state=JobState.SUCCEEDED, options=JobOptions(), items=(item,),
        pages_total=count, pages_done=count, pages_failed=0, pages_with_text=count, created_at=0, started_at=0,
        finished_at=1, expires_at=None, error=None,
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=5), st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_pages_of_results_are_the_whole_whatever_their_sizes(lines: list[int], sizes: list[int]) -> None:
    pages = [page(number, ["some words"] * count) for number, count in enumerate(lines, 1)]
    job = job_of_pages(len(pages))
    whole = [block for one in pages for block in page_blocks(one, JOB, (Feature.TEXT,))]
    assert len({block["Id"] for block in whole}) == len(whole)
    found: list[dict[str, Any]] = []
    position: Position | None = START
    turn = 0
    while position is not None:
        most = sizes[turn % len(sizes)]
        part = next(sheaves(job, pages[position.page - 1 :], position, most))
        assert len(part.blocks) == most or part.next is None
        found += part.blocks
        assert position_of(token_of(position, "k"), "k") == position
        position = part.next
        turn += 1
    assert found == whole
    assert [one for part in sheaves(job, pages, START, sizes[0]) for one in part.blocks] == whole


@given(st.binary(max_size=40), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_tokens_are_of_one_key(noise: bytes, number: int, index: int) -> None:
    token = token_of(Position(number, index), "key")
    assert position_of(token, "key") == (number, index)
    with pytest.raises(TextractError):
        position_of(token, "other")
    with pytest.raises(TextractError):
        position_of(noise.hex(), "key")


def test_ids_of_jobs_go_both_ways() -> None:
    job = new_job()
    told = job_id(job)
    assert len(told) == 64 and job_of(told) == job
    assert job_of(told[:-1] + ("0" if told[-1] != "0" else "1")) is None
    assert job_of("") is None and job_of("x" * 64) is None
