"""txt, JSON, Markdown, and several documents in one stream."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterable

import pytest

from builders import block, document, line, page, paragraph, table
from stele.domain.document import (
    Document,
    Page,
    PageError,
    PageSource,
    Region,
    RegionKind,
    document_from_json,
    to_json,
)
from stele.domain.errors import RequestError
from stele.domain.job import OFFICE_FORMATS, Feature, Format
from stele.domain.value import changed
from stele.pipeline.export.exporting import EXPORTERS, write, write_many
from stele.pipeline.export.seam import ExportInput

BROKEN = Page(number=3, width=0, height=0, error=PageError(code="engine.timed_out", message="It took too long."))


def exported(format: Format, *pages: Page, name: str = "a file.pdf") -> str:
    out = io.BytesIO()
    write(format, ExportInput(name=name, pages=iter(pages)), out)
    return out.getvalue().decode()


def typeset(*lines: str | tuple[str, float]) -> Page:
    """A page whose print is as large as it is high."""
    return changed(page(1, lines), source=PageSource.TEXT_LAYER)


def markdown(*lines: str | tuple[str, float]) -> str:
    return exported(Format.MD, typeset(*lines))


# -- all formats ------------------------------------------------------------------------------------------------------


def test_every_format_has_an_exporter() -> None:
    assert set(EXPORTERS) == set(Format)


class Pipe(io.RawIOBase):
    """What standard output may be: it cannot be searched, and says how much went through."""

    written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.written += len(data)
        return len(data)


@pytest.mark.parametrize("format", sorted(set(Format) - {Format.PDF, Format.CSV} - OFFICE_FORMATS))
def test_memory_does_not_grow_with_the_pages(format: Format) -> None:
    one = page(1, ["some words"])

    def peak(count: int) -> int:
        pages = (changed(one, number=number) for number in range(1, count + 1))
        pipe = Pipe()
        tracemalloc.start()
        try:
            write(format, ExportInput(name="long", pages=pages), pipe)
            assert pipe.written > 10 * count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # what is imported and cached at the first time
    assert peak(5_000) < peak(50) + 300_000  # Python keeps some of the tuples that were freed


# -- txt --------------------------------------------------------------------------------------------------------------


def test_txt_has_lines_paragraphs_and_a_form_feed_after_each_page() -> None:
    text = exported(Format.TXT, page(1, ["One two", "three.", "", "Four."]), page(2, []), BROKEN)
    assert text == "One two\nthree.\n\nFour.\n\f\f[page 3 could not be read: It took too long.]\n\f"


# -- txt with its layout ----------------------------------------------------------------------------------------------


def test_lines_stand_where_they_stand_on_the_page() -> None:
    left = [
        line("Lamp", left=50, top=50),
        line("Wick", left=50, top=80, first=1),
        line("Sum", left=50, top=170, first=2),
    ]
    right = [line("12.50", left=350, top=52, first=3), line("0.20", left=350, top=78, first=4)]
    both = changed(page(1, []), blocks=(block([paragraph(left)]), block([paragraph(right)])))
    text = exported(Format.LAYOUT, both, page(2, []), BROKEN)
    assert text == (
        "Lamp" + " " * 26 + "12.50\nWick" + " " * 26 + "0.20\n\n\nSum\n\f"
        "\f[page 3 could not be read: It took too long.]\n\f"
    )


# -- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [(), (page(1),), (page(1), page(2, []), BROKEN)])
def test_json_is_the_document_byte_for_byte(pages: tuple[Page, ...]) -> None:
    whole = Document(pages=pages)
    assert exported(Format.JSON, *pages).encode() == to_json(whole)
    assert document_from_json(exported(Format.JSON, *pages).encode()) == whole


# -- Markdown ---------------------------------------------------------------------------------------------------------


def test_a_paragraph_is_one_line_and_hyphenated_words_are_whole() -> None:
    assert markdown("A sen-", "tence that", "goes on.", "", "Another.") == "A sentence that goes on.\n\nAnother.\n"


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (("日本語の", "テスト"), "日本語のテスト"),
        (("テストテスト", "in English"), "テストテスト in English"),
        (("in English", "한국어"), "in English 한국어"),
        (("한국어", "문장"), "한국어 문장"),
    ],
)
def test_scripts_without_spaces_are_joined_without(lines: tuple[str, str], joined: str) -> None:
    assert markdown(*lines) == joined + "\n"


def test_lines_that_end_early_keep_their_ends() -> None:
    text = markdown(
        "To the keeper", "- Saltmouth", "# 5 Harbour Road", "", "A line that goes as far as any on the page"
    )
    assert text.split("\n\n")[0] == "To the keeper  \n\\- Saltmouth  \n\\# 5 Harbour Road"


def test_markdown_asks_for_what_it_shows() -> None:
    assert Format.MD.features == (Feature.TABLES, Feature.LAYOUT)
    assert Format.TXT.features == ()


def test_what_layout_calls_a_heading_is_one() -> None:
    this = typeset("In print as small as all the rest", "", "A paragraph that follows")
    regions = (Region(kind=RegionKind.TITLE, polygon=this.blocks[0].polygon, words=tuple(range(8)), confidence=1.0),)
    assert exported(Format.MD, changed(this, regions=regions)).startswith("# In print")


def test_larger_print_is_a_heading() -> None:
    body = ["body text that is long enough to be most of the page"] * 4
    text = markdown(("Title of it", 40), "", ("A section", 30), "", *body, "", ("Smaller one", 26), "", ("Bigger", 22))
    assert [part for part in text.split("\n\n") if "#" in part or "Bigger" in part] == [
        "# Title of it",
        "## A section",
        "### Smaller one",
        "Bigger\n",
    ]


def test_a_long_paragraph_in_larger_print_is_no_heading() -> None:
    assert "#" not in markdown(*[("large print for those who see badly", 40)] * 5, "", *["small print below"] * 40)


def test_lists_are_kept() -> None:
    text = markdown("• first", "which goes on", "- second", "", "1. one", "2. two", "", "3) three", "", "* only * one")
    assert text == "- first which goes on\n- second\n\n1. one\n2. two\n\n3) three\n\n- only \\* one\n"


def test_a_number_where_a_line_was_broken_is_no_list() -> None:
    assert markdown("It was built in", "1999. Then it fell.") == "It was built in 1999. Then it fell.\n"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a*b _c_ [d] <e> `f` \\ ~g~", "a\\*b \\_c\\_ \\[d\\] \\<e\\> \\`f\\` \\\\ \\~g\\~"),
        ("R&D costs &amp; &#65; more", "R&D costs \\&amp; \\&#65; more"),
        ("# 5 of them", "\\# 5 of them"),
        ("+ more", "\\+ more"),
        ("12.5 kg", "12.5 kg"),
        ("1985.", "1985\\."),
        ("-----", "\\-----"),
        ("| a | b |", "\\| a | b |"),
        ("![no](image)", "\\!\\[no\\](image)"),
    ],
)
def test_what_looks_like_markup_is_escaped(text: str, escaped: str) -> None:
    assert markdown(text) == escaped + "\n"


def test_a_table_stands_where_its_words_stood_and_they_are_not_printed_twice() -> None:
    this = typeset("Before it", "", "Item Price", "Red wine 5|50", "", "After it")
    words = list(this.words())[2:7]
    this = changed(this, tables=(table([["Item", "Price"], ["Red wine", "5|50"]], words),))
    assert exported(Format.MD, this) == (
        "Before it\n\n| Item | Price |\n| --- | --- |\n| Red wine | 5\\|50 |\n\nAfter it\n"
    )


def test_a_table_without_words_comes_last() -> None:
    this = changed(page(1, ["Text"]), tables=(table([["a\nb", "c"]]),))
    assert exported(Format.MD, this) == "Text\n\n| a b | c |\n| --- | --- |\n"


def test_pages_follow_each_other_and_failed_ones_say_so() -> None:
    text = exported(Format.MD, page(1, ["One."]), page(2, []), BROKEN)
    assert text == "One.\n\n*\\[page 3 could not be read: It took too long.\\]*\n"


# -- several documents ------------------------------------------------------------------------------------------------


def many(format: Format, *names: str) -> str:
    out = io.BytesIO()
    write_many(format, [ExportInput(name=name, pages=iter([page(1, [f"in {name}"])])) for name in names], out)
    return out.getvalue().decode()


def test_txt_has_a_heading_line_for_each_file() -> None:
    assert many(Format.TXT, "a", "b") == "==> a <==\nin a\n\f\n==> b <==\nin b\n\f"
    assert many(Format.TXT, "a") == "==> a <==\nin a\n\f"


@pytest.mark.parametrize("names", [("a", "b"), ("one",), ('a "quoted" ]} name', "übung.pdf")])
def test_json_has_a_document_a_line_that_says_what_it_is_of(names: tuple[str, ...]) -> None:
    lines = many(Format.JSON, *names).splitlines()
    assert [document_from_json(line.encode()).pages[0].text for line in lines] == [f"in {name}" for name in names]
    assert [json.loads(line)["name"] for line in lines] == list(names)


def test_a_line_of_several_is_the_document_with_a_name_and_nothing_else() -> None:
    line = json.loads(many(Format.JSON, "a"))
    assert line.pop("name") == "a"
    assert line == json.loads(to_json(document(page(1, ["in a"]))))


@pytest.mark.parametrize("format", sorted(set(Format) - {Format.TXT, Format.JSON}))
def test_other_formats_have_one_document_a_file(format: Format) -> None:
    def never() -> Iterable[Page]:
        raise AssertionError("nothing is read before the refusal")
        yield

    out = io.BytesIO()
    with pytest.raises(RequestError, match=f"{format} has one document a file"):
        write_many(format, [ExportInput(name=name, pages=never()) for name in "ab"], out)
    assert not out.getvalue()


def test_words_of_two_blocks_do_not_run_into_each_other() -> None:
    blocks = tuple(block([paragraph([line(text, first=n)])]) for n, text in enumerate(["one", "two"]))
    assert exported(Format.MD, changed(page(1, []), blocks=blocks)) == "one\n\ntwo\n"
