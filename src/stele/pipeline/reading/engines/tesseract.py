"""The Tesseract engine: the `tesseract` program as a child, for the scripts that the default model lacks.

It is given the lines that our detector finds, on sheets of their own: of photos, forms and crowded pages it reads much
more so, and of clean ones no less. Columns of characters, and pages on which no line is found, it reads as they are.

A picture goes in by standard input, hOCR comes back, and behind its page the text. Nothing is written to disk, and what
hangs or crashes the program does not take this process with it.

hOCR has an element for each syllable of Korean and each sign of Thai, and does not say which of them stand apart: only
the text has spaces where the page has them.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate

import cv2
from lxml import etree

from stele.domain.errors import EngineError, EngineGarbage, EngineMissing, LanguagePackMissing, TimedOut
from stele.domain.geometry import Polygon, bounds, rectangle
from stele.domain.job import EngineName, Feature
from stele.domain.languages import normalise, tesseract_packs
from stele.domain.value import changed
from stele.pipeline.children import with_parent
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.reading.engines.breaks import is_ideographic
from stele.pipeline.reading.seam import ReadOptions, SeenLine, SeenPage, SeenSymbol, SeenWord
from stele.pipeline.reading.sureness import confidence_of

PROGRAM = "tesseract"
#: languages of a page about which nothing is known
DEFAULT = ("en",)
#: scripts whose packs have Latin letters, and the pack for pages without them
_LATIN, _ENGLISH = frozenset({"Latn", "Latf"}), "eng"
#: the pack that tells how a page is turned
_ORIENTATION_PACK = "osd"
#: resolutions in dots per inch that Tesseract believes
_RESOLUTIONS = (70, 2400)
#: what the names of packs for columns of characters have, and how Tesseract is told that a sheet has rows
_COLUMNS, _ROWS = "_vert", "4"
#: where the page of hOCR ends and the text begins, no line of which begins with a space; and where that ends
_PAGE_END, _TEXT_END = b"\n  </div>\n", b" </body>"

#: what Tesseract sees in a picture
See = Callable[[Pixels], SeenPage]
#: what a page says, its lines shown to Tesseract on sheets of their own; None where none are found
ByLines = Callable[[Pixels, See], SeenPage | None]


class TesseractEngine:
    """Tesseract 4 or later. Packs may be installed while it lives."""

    name = EngineName.TESSERACT
    needs_pixels = True

    def __init__(self, threads: int = 1, timeout: float = 300.0, by_lines: ByLines = lambda *_: None) -> None:
        """`timeout`: seconds that a page, or a sheet of its lines, may take. Raises EngineMissing."""
        self._packs = installed_packs()
        self._environment = {**os.environ, "OMP_THREAD_LIMIT": str(threads), "LC_ALL": "C.UTF-8"}
        self._timeout = timeout
        self._by_lines = by_lines

    def require(self, languages: tuple[str, ...]) -> None:
        """Raises LanguagePackMissing, UnknownLanguage."""
        for code in languages:
            language = normalise(code)
            if language.pack not in self._packs:
                self._packs = installed_packs()
            if language.pack not in self._packs:
                raise LanguagePackMissing(language=language.name, pack=language.pack, package=language.package)

    def packs(self) -> frozenset[str]:
        """The names of the packs that were installed when this was made."""
        return self._packs

    def script(self, pixels: Pixels, *, min_confidence: float) -> str | None:
        """Tesseract's name of the script of some text; None where it is not sure. Raises EngineError."""
        if _ORIENTATION_PACK not in self._packs:
            return None
        try:
            told = self._run([PROGRAM, "stdin", "stdout", "--psm", "0"], pixels, "a page").decode(errors="replace")
        except EngineError:
            return None  # it fails where there are too few characters
        facts = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
        sure = float(facts.get("Script confidence", 0)) >= min_confidence
        return facts.get("Script") if sure else None

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        """Read one displayed page; English where no language is given.

        Raises LanguagePackMissing, UnknownLanguage, TimedOut, EngineGarbage, EngineError.
        """
        if pixels is None:
            raise TypeError("Tesseract reads pixels")
        languages = options.languages or DEFAULT
        self.require(languages)
        packs = self._packs_for(languages)
        where = f"page {page.number}"
        command = [PROGRAM, "stdin", "stdout", "-l", "+".join(packs)]
        if Feature.SYMBOLS in options.features:
            command += ["-c", "hocr_char_boxes=1"]
        in_columns = any(_COLUMNS in pack for pack in packs)
        by_lines = (
            None if in_columns else self._by_lines(pixels, partial(self._seen, [*command, "--psm", _ROWS], where))
        )
        if by_lines is not None:
            return by_lines
        command += ["--psm", "1" if _ORIENTATION_PACK in self._packs else "3"]
        if page.scale is not None:
            least, most = _RESOLUTIONS
            command += ["--dpi", str(min(max(round(page.scale * 72), least), most))]
        return self._seen(command, where, pixels)

    def _seen(self, command: list[str], where: str, pixels: Pixels) -> SeenPage:
        return seen(self._run([*command, "hocr", "txt"], pixels, where), where=where)

    def _packs_for(self, languages: tuple[str, ...]) -> tuple[str, ...]:
        """The packs for `languages`, and English beside scripts other than Latin, where it is installed: their packs
        make letters of their own of the names, addresses and units that stand in Latin ones."""
        packs = tesseract_packs(languages)
        latin = any(normalise(code).script in _LATIN for code in languages)
        return packs if latin or _ENGLISH in packs or _ENGLISH not in self._packs else (*packs, _ENGLISH)

    def _run(self, command: list[str], pixels: Pixels, where: str) -> bytes:
        _, picture = cv2.imencode(".bmp", pixels)
        try:
            return subprocess.run(
                [*with_parent(), *command],
                input=picture.data,
                capture_output=True,
                timeout=self._timeout,
                env=self._environment,
                check=True,
            ).stdout
        except subprocess.TimeoutExpired as error:
            raise TimedOut(where=where, seconds=self._timeout) from error
        except subprocess.CalledProcessError as error:
            error.add_note(error.stderr.decode(errors="replace").strip())
            raise EngineError from error


def version() -> str:
    """The version of the installed program. Raises EngineMissing."""
    return _asked("--version").split()[1]


def installed_packs() -> frozenset[str]:
    """The names of the installed language packs. Raises EngineMissing."""
    return frozenset(_asked("--list-langs").splitlines()[1:])


def _asked(question: str) -> str:
    """What the program says about itself; some versions say it on standard error."""
    try:
        answer = subprocess.run([PROGRAM, question], capture_output=True, text=True, check=True, timeout=30)
    except (FileNotFoundError, subprocess.SubprocessError) as error:
        raise EngineMissing(engine=PROGRAM, remedy="Install it, e.g.: apt-get install tesseract-ocr") from error
    return answer.stdout or answer.stderr


def seen(answer: bytes, *, where: str) -> SeenPage:
    """What an hOCR page says, with the text that stands behind it. Raises EngineGarbage when it is none."""
    page, end, rest = answer.rpartition(_PAGE_END)
    text, *after = rest.rpartition(_TEXT_END) if end else (b"", rest)
    try:
        root = etree.fromstring(b"".join([page, end, *after]), etree.HTMLParser(encoding="utf-8", no_network=True))
        if root is None:
            raise EngineGarbage(where=where)
        lines = list(_lines(root))
    except (etree.XMLSyntaxError, ValueError, KeyError) as error:
        raise EngineGarbage(where=where) from error
    turns = [turn for _, turn, _ in lines]
    common = max(set(turns), key=turns.count) if turns else 0
    slopes = [slope for _, turn, slope in lines if turn == common == 0]
    angle = common + (math.degrees(math.atan(statistics.median(slopes))) if slopes else 0.0)
    apart = iter(_apart([word.text for line, _, _ in lines for word in line.words], text.decode(errors="replace")))
    return SeenPage(
        lines=tuple(changed(line, words=tuple(_joined(line.words, apart, turn))) for line, turn, _ in lines),
        angle=angle - 360 if angle > 180 else angle,
    )


def _lines(root: etree._Element) -> Iterator[tuple[SeenLine, int, float]]:
    """The lines that have words, how far each is turned (0, 90, 180, 270 degrees clockwise), and its slope."""
    for element in root.iter("span"):
        if element.get("class") not in {"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"}:
            continue
        properties = _properties(element)
        # hOCR counts counter-clockwise.
        turn = -round(float(properties.get("textangle", ["0"])[0])) % 360
        words = [
            word for child in element.iter("span") if child.get("class") == "ocrx_word" for word in _word(child, turn)
        ]
        if words:
            line = SeenLine(polygon=_polygon(properties["bbox"], turn), words=tuple(words))
            yield line, turn, float(properties.get("baseline", ["0"])[0])


def _word(element: etree._Element, turn: int) -> Iterator[SeenWord]:
    """The word of an element; none when it is blank."""
    text = _text(element)
    if not text:
        return
    properties = _properties(element)
    symbols = (
        SeenSymbol(
            text=_text(child),
            confidence=_confidence(own["x_conf"][0]),
            polygon=_polygon(own["x_bboxes"], turn),
        )
        for child in element.iter("span")
        if child.get("class") == "ocrx_cinfo"
        for own in (_properties(child),)
    )
    yield SeenWord(
        text=text,
        confidence=_confidence(properties["x_wconf"][0]),
        polygon=_polygon(properties["bbox"], turn),
        symbols=tuple(symbol for symbol in symbols if symbol.text),
    )


def _apart(words: Sequence[str], text: str) -> list[bool]:
    """Of each word of a page whether white space follows it in the text; of all where the two say different things."""
    parts, stretches = list(map(_visible, words)), list(map(_visible, text.split()))
    if "".join(parts) != "".join(stretches):
        return [True] * len(words)
    ends = set(accumulate(map(len, stretches)))
    return [end in ends for end in accumulate(map(len, parts))]


def _visible(text: str) -> str:
    """Without the marks of direction that Tesseract's text has."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _joined(words: Sequence[SeenWord], apart: Iterator[bool], turn: int) -> Iterator[SeenWord]:
    """The words of a line, made one where no space parts them. Those of Chinese and Japanese stay, with none between
    them: Tesseract parts them by its own lights."""
    together: list[SeenWord] = []
    for word, after, ends in zip(words, [*words[1:], None], apart, strict=False):
        together.append(word)
        touches = after is None or is_ideographic(word.text[-1]) or is_ideographic(after.text[0])
        if ends or touches:
            yield changed(_one(together, turn), space_after=not touches)
            together = []


def _one(words: Sequence[SeenWord], turn: int) -> SeenWord:
    """Parts of a word as a whole."""
    if len(words) == 1:
        return words[0]
    return SeenWord(
        text="".join(word.text for word in words),
        confidence=confidence_of(words),
        polygon=_polygon(bounds(point for word in words for point in word.polygon), turn),
        symbols=tuple(symbol for word in words for symbol in word.symbols),
    )


def _text(element: etree._Element) -> str:
    """The characters in an element, without its white space."""
    return "".join(str(element.xpath("string()")).split())


def _properties(element: etree._Element) -> dict[str, list[str]]:
    """hOCR's properties: `bbox 1 2 3 4; x_wconf 95`."""
    parts = (part.split() for part in element.get("title", "").split(";"))
    return {part[0]: part[1:] for part in parts if part}


def _polygon(box: Sequence[str | float], turn: int) -> Polygon:
    """The polygon of a box whose text is turned clockwise by a multiple of 90 degrees."""
    left, top, right, bottom = (float(edge) for edge in box[:4])
    corners = rectangle(left, top, right, bottom)
    first = turn // 90
    a, b, c, d = (*corners[first:], *corners[:first])
    return a, b, c, d


def _confidence(percent: str) -> float:
    return min(max(float(percent) / 100, 0.0), 1.0)
