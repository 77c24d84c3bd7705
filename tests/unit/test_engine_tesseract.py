"""The Tesseract engine: what it makes of hOCR, and of a program that is missing, slow or broken."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from printing import PixelPage
from stele.domain.errors import EngineError, EngineGarbage, EngineMissing, LanguagePackMissing, TimedOut
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.reading.engines import tesseract
from stele.pipeline.reading.engines.tesseract import TesseractEngine, seen
from stele.pipeline.reading.seam import ReadOptions, SeenPage

PIXELS = np.full((20, 30), 255, np.uint8)

#: makes `tesseract` a program that lists packs and then does what is asked of it
Fake = Callable[[str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    def install(body: str) -> None:
        script = tmp_path / "tesseract"
        script.write_text(
            f"#!{sys.executable}\nimport os, sys, time\n"
            "if sys.argv[1:] == ['--list-langs']:\n"
            "    sys.exit(print('List of available languages (2):\\neng\\nosd'))\n"
            "if sys.argv[1:] == ['--version']:\n"
            "    sys.exit(print('tesseract 9.8.7\\n leptonica-1.0'))\n"
            f"sys.stdin.buffer.read()\n{body}\n"
        )
        script.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    return install


def hocr(*lines: str) -> bytes:
    body = "".join(lines)
    return f"<html><body><div class='ocr_page' title='bbox 0 0 900 900'>{body}</div></body></html>".encode()


def line(title: str, *words: str) -> str:
    return f"<span class='ocr_line' title='{title}'>{''.join(words)}</span>"


def word(text: str, box: str = "10 10 60 30", confidence: int = 90) -> str:
    return f"<span class='ocrx_word' title='bbox {box}; x_wconf {confidence}'>{text}</span>"


def test_words_have_their_boxes_and_confidences() -> None:
    page = seen(
        hocr(line("bbox 10 10 120 30; baseline 0.01 -3", word("R&amp;D"), word("dept.", "70 10 120 30", 45))), where=""
    )
    first, second = page.lines[0].words
    assert (first.text, first.confidence, first.space_after) == ("R&D", 0.9, True)
    assert (second.text, second.confidence, second.polygon[2]) == ("dept.", 0.45, (120, 30))
    assert page.angle == pytest.approx(math.degrees(math.atan(0.01)))


@pytest.mark.parametrize(
    ("textangle", "angle", "first"),
    [(0, 0, (10, 10)), (270, 90, (60, 10)), (180, 180, (60, 30)), (90, -90, (10, 30))],
)
def test_turned_text_starts_at_its_own_top_left(textangle: int, angle: int, first: tuple[int, int]) -> None:
    page = seen(hocr(line(f"bbox 10 10 60 30; textangle {textangle}", word("up"))), where="")
    assert page.angle == angle
    assert page.lines[0].words[0].polygon[0] == first


def test_chinese_words_touch() -> None:
    page = seen(hocr(line("bbox 0 0 9 9", word("你好"), word("世界"), word("a"), word("b"))), where="")
    assert [item.space_after for item in page.lines[0].words] == [False, False, True, False]


def with_text(page: bytes, text: str) -> bytes:
    """As Tesseract writes both."""
    return page.replace(b"</div></body></html>", f"\n  </div>\n{text}\n </body>\n</html>\n".encode())


def test_what_no_space_parts_in_the_text_is_one_word() -> None:
    korean = line("bbox 0 0 90 9", word("발", "0 0 8 9", 80), word("행일", "10 0 30 9", 95), word("2020", "40 0 60 9"))
    thai = line("bbox 0 20 90 29", word("เด", "0 20 8 29"), word("ิ", "7 18 9 24"), word("น", "10 20 14 29"))
    page = seen(with_text(hocr(korean, thai), "발행일 2020\nเดิน\n"), where="")
    day, year = page.lines[0].words
    assert (day.text, day.polygon[0], day.polygon[2], day.space_after) == ("발행일", (0, 0), (30, 9), True)
    assert day.confidence == pytest.approx(0.9) and (year.text, year.space_after) == ("2020", False)
    (word_,) = page.lines[1].words
    assert (word_.text, word_.polygon[0], word_.polygon[2]) == ("เดิน", (0, 18), (14, 29))


def test_a_joined_word_starts_at_its_own_top_left() -> None:
    turned = line("bbox 0 0 9 60; textangle 270", word("발", "0 0 9 8"), word("행", "0 10 9 18"))
    (word_,) = seen(with_text(hocr(turned), "발행\n"), where="").lines[0].words
    assert (word_.text, word_.polygon[0], word_.polygon[1]) == ("발행", (9, 0), (9, 18))


def test_marks_of_direction_and_markup_in_the_text_part_nothing() -> None:
    line_ = line("bbox 0 0 90 9", word("&lt;/div&gt;"), word("שלום"), word("ab"))
    page = seen(with_text(hocr(line_), "</div> \u200eשלום\u200f ab\n"), where="")
    assert [(word.text, word.space_after) for word in page.lines[0].words] == [
        ("</div>", True), ("שלום", True), ("ab", False)
    ]  # fmt: skip


def test_where_the_text_says_something_else_every_word_stands_apart() -> None:
    page = seen(with_text(hocr(line("bbox 0 0 9 9", word("a"), word("b"))), "ab c"), where="")
    assert [(word.text, word.space_after) for word in page.lines[0].words] == [("a", True), ("b", False)]


def test_symbols() -> None:
    symbols = "".join(
        f"<span class='ocrx_cinfo' title='x_bboxes {x} 1 {x + 5} 9; x_conf 99.5'>{c}</span>"
        for x, c in [(1, "o"), (7, "k")]
    )
    (found,) = seen(hocr(line("bbox 0 0 9 9", word(symbols))), where="").lines[0].words
    assert found.text == "ok"
    assert [(symbol.text, symbol.confidence, symbol.polygon[0]) for symbol in found.symbols] == [
        ("o", 0.995, (1, 1)),
        ("k", 0.995, (7, 1)),
    ]


def test_blank_words_and_empty_pages() -> None:
    assert seen(hocr(line("bbox 0 0 9 9", word(" "))), where="") == SeenPage(lines=())
    assert seen(hocr(), where="") == SeenPage(lines=())


@pytest.mark.parametrize("answer", [b"", hocr(line("bbox 1 2", word("a"))), hocr(line("", word("a", "x y z w")))])
def test_what_is_no_hocr_is_garbage(answer: bytes) -> None:
    with pytest.raises(EngineGarbage, match="page 4"):
        seen(answer, where="page 4")


def test_a_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for call in (TesseractEngine, tesseract.version):
        with pytest.raises(EngineMissing, match="apt-get install tesseract-ocr"):
            call()


def test_a_missing_pack_names_its_package(fake: Fake) -> None:
    fake("")
    with pytest.raises(LanguagePackMissing, match=r"Chinese.*apt-get install tesseract-ocr-chi-sim"):
        TesseractEngine().require(("en", "zh-Hans"))


def test_packs_installed_later_are_seen(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake("")
    engine = TesseractEngine()
    monkeypatch.setattr(tesseract, "installed_packs", lambda: frozenset({"eng", "ara"}))
    engine.require(("ar",))


def test_it_asks_for_its_languages_and_symbols(fake: Fake) -> None:
    fake(
        "print(f\"<span class='ocr_line' title='bbox 0 0 9 9'><span class='ocrx_word' title='bbox 0 0 9 9; x_wconf 9'>"
        "{'|'.join(sys.argv[1:])}|{os.environ['OMP_THREAD_LIMIT']}</span></span>\")"
    )
    answer = TesseractEngine(threads=3).see(PixelPage(PIXELS), PIXELS, ReadOptions())
    assert answer.lines[0].words[0].text == "stdin|stdout|-l|eng|--psm|1|hocr|txt|3"


def test_a_page_is_read_by_its_lines_where_there_are_any_but_not_in_columns(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(f"print({hocr(line('bbox 0 0 9 9', word('WORD'))).decode()!r}.replace('WORD', '|'.join(sys.argv[3:])))")
    monkeypatch.setattr(tesseract, "installed_packs", lambda: frozenset({"eng", "osd", "jpn_vert"}))

    def said(by_lines: tesseract.ByLines, language: str) -> list[str]:
        engine = TesseractEngine(by_lines=by_lines)
        page = engine.see(PixelPage(PIXELS), PIXELS, ReadOptions(languages=(language,)))
        return [word.text for line in page.lines for word in line.words]

    def on_sheets(pixels: Pixels, see: tesseract.See) -> SeenPage:
        assert pixels is PIXELS
        return SeenPage(lines=see(PIXELS[:5]).lines * 2)

    assert said(on_sheets, "en") == ["-l|eng|--psm|4|hocr|txt"] * 2
    assert said(lambda *_: None, "en") == ["-l|eng|--psm|1|hocr|txt"]
    assert said(on_sheets, "ja-x-vert") == ["-l|jpn_vert+eng|--psm|1|hocr|txt"]


def test_a_slow_program_is_stopped(fake: Fake) -> None:
    fake("time.sleep(60)")
    with pytest.raises(TimedOut, match="page 1"):
        TesseractEngine(timeout=0.5).see(PixelPage(PIXELS), PIXELS, ReadOptions())


def test_a_program_that_fails_is_an_engine_error(fake: Fake) -> None:
    fake("sys.exit('cannot do that')")
    with pytest.raises(EngineError) as caught:
        TesseractEngine().see(PixelPage(PIXELS), PIXELS, ReadOptions())
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.__notes__ == ["cannot do that"]


@pytest.mark.parametrize(
    ("languages", "packs"),
    [(("el",), "ell+eng"), (("ru", "fr"), "rus+fra"), (("de",), "deu"), (("ko", "en"), "kor+eng")],
)
def test_english_is_beside_scripts_without_latin_letters(
    languages: tuple[str, ...], packs: str, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(f"print({hocr(line('bbox 0 0 9 9', word('WORD'))).decode()!r}.replace('WORD', sys.argv[4]))")
    installed = frozenset({"ell", "eng", "rus", "fra", "deu", "kor"})
    monkeypatch.setattr(tesseract, "installed_packs", lambda: installed)
    page = TesseractEngine().see(PixelPage(PIXELS), PIXELS, ReadOptions(languages=languages))
    assert [each.text for each in page.lines[0].words] == [packs]
