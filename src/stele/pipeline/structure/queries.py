"""Questions about a page, answered from what was found on it: fields, tables, titles, and words of the wanted type.

Nothing is understood: the words of a question are looked for among the words of keys, of headers of rows and columns,
and of lines, and what stands with the best match is the answer, where it is of the type that the question asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from stele.domain.document import Answer, CellKind, Field, Mark, Region, RegionKind, Span, Table
from stele.domain.job import Query
from stele.domain.value import changed
from stele.pipeline.structure.sheet import Sheet

#: an answer is given from this score on
_LEAST = 0.5
_TOKEN = re.compile(r"[^\W_]+")
#: words that tell nothing of what is asked
_STOPPED = frozenset(
    word
    for line in (
        "a an the of on in at to for by from with and or is are was were be been has have had do does did",
        "what which who whom whose when where how why that this these those it its",
        "i you me my your our their his her there can could would will shall",
        "please tell give find show list document page form listed stated written mentioned value",
    )
    for word in line.split()
)
#: what a word of a question may be called on the page; the first of each line is what the others become
_SYNONYMS = {
    word: line.split()[0]
    for line in (
        "date day dated",
        "total sum",
        "amount cost price pay much due paid balance",
        "phone telephone tel mobile cell",
        "mail email",
        "birth born dob birthday birthdate",
        "company employer firm organization organisation vendor seller supplier issuer",
        "customer client buyer recipient",
        "address live lives living located",
        "invoice bill",
        "number no nr num id identifier identification",
        "tax vat gst",
    )
    for word in line.split()
}
_ENDINGS = ("ies", "es", "s", "ed", "ing")

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:\d{{1,4}}[-/.]\s?\d{{1,2}}[-/.]\s?\d{{2,4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
    rf"|\d{{1,2}}[-\s]{_MONTH}[-,\s]+\d{{2,4}}|{_MONTH}\s+\d{{4}})\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:[$€£¥₹]|\b(?:USD|EUR|GBP|CHF)\b)\s?-?\d|\d[\d.,\s]*[.,]\d{2}\b|\d\s?(?:[$€£¥₹%]|USD|EUR|GBP|CHF)"
)
_NUMBER = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]{2}")


class Kind(Enum):
    """What a question asks for."""

    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    NAME = "name"
    CHOICE = "choice"  #: yes or no: a checkbox may be the answer
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A possible answer, the words that name it, and how much its source is trusted (0…1)."""

    named: frozenset[str]
    span: Span
    trust: float
    whole: bool = False  #: it answers only questions about nothing else


class Asking:
    """Answers questions about one sheet, from what was found on it."""

    def __init__(
        self,
        sheet: Sheet,
        tables: Sequence[Table],
        fields: Sequence[Field],
        regions: Sequence[Region],
        marks: Sequence[Mark],
    ) -> None:
        """`regions` matter to questions for the title of the page (`asks_for_title`)."""
        self._candidates = [
            *_of_fields(fields, marks),
            *(each for table in tables for each in _of_table(sheet, table)),
            *_of_title(sheet, regions),
        ]

    def answer(self, query: Query) -> Answer:
        """The best answer, or one without a span. Its confidence is how well the question's words match those that name
        the answer, times how much its source is trusted."""
        asked = _words(query.text)
        kind = _kind_of(query.text)
        best: _Candidate | None = None
        score = 0.0
        for candidate in self._candidates:
            found = _score(asked, kind, candidate)
            # of several totals the last one is the whole
            if found > score or (kind is Kind.AMOUNT and found == score > 0):
                best, score = candidate, found
        if best is None or score < _LEAST:
            return Answer(query=query.text, alias=query.alias, span=None, confidence=0.0)
        return Answer(query=query.text, alias=query.alias, span=best.span, confidence=round(min(score, 0.99), 3))


def _score(asked: frozenset[str], kind: Kind, candidate: _Candidate) -> float:
    shared = asked & candidate.named
    if not shared or (candidate.whole and shared != asked):
        return 0.0
    recall, precision = len(shared) / len(asked), len(shared) / len(candidate.named)
    match = (0.65 * recall + 0.35 * precision) * candidate.trust
    return match if _fits(kind, candidate.span) else 0.6 * match


# -- candidates -------------------------------------------------------------------------------------------------------


def _of_fields(fields: Sequence[Field], marks: Sequence[Mark]) -> Iterator[_Candidate]:
    for field in fields:
        named = _words(field.key.text)
        if field.value is None or not named:
            continue
        span = field.value
        if span.marks and not span.words:
            span = changed(span, text="yes" if marks[span.marks[0]].selected else "no")
        # how a key was told matters less here: the question confirms it
        yield _Candidate(named=named, span=span, trust=0.5 + 0.5 * field.confidence)


def _of_table(sheet: Sheet, table: Table) -> Iterator[_Candidate]:
    """Each cell, named by the header of its column and the first cell of its row."""
    heads: dict[int, str] = {}
    rows: dict[int, str] = {}
    for cell in table.cells:
        if cell.kind is CellKind.COLUMN_HEADER:
            for column in range(cell.column, cell.column + cell.column_span):
                heads[column] = f"{heads.get(column, '')} {cell.text}"
        elif cell.column == 0:
            for row in range(cell.row, cell.row + cell.row_span):
                rows[row] = cell.text
    for cell in table.cells:
        if cell.kind is CellKind.COLUMN_HEADER or not cell.words:
            continue
        head = _words(heads.get(cell.column, ""))
        named = _words(rows.get(cell.row, "") if cell.column else "")
        span = sheet.span(cell.words, cell.marks)
        if head and named:
            yield _Candidate(named=head | named, span=span, trust=cell.confidence)
        elif head or named:
            yield _Candidate(named=head or named, span=span, trust=0.9 * cell.confidence)


def _of_title(sheet: Sheet, regions: Sequence[Region]) -> Iterator[_Candidate]:
    for region in regions:
        if region.kind is RegionKind.TITLE:
            for name in _TITLES:
                yield _Candidate(named=name, span=sheet.span(region.words), trust=region.confidence, whole=True)


# -- words and types --------------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    """The words that tell something, each in one form."""
    spelled = text.lower().replace("#", " number ")
    return frozenset(_form(word) for word in _TOKEN.findall(spelled) if word not in _STOPPED)


def _form(word: str) -> str:
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)] + ("y" if ending == "ies" else "")
            return _SYNONYMS.get(stem, stem)
    return word


#: what asks for the title of a page, and for nothing else
_TITLES = tuple(map(_words, ("title", "heading", "headline")))


def asks_for_title(query: Query) -> bool:
    """Whether a question is one that only the title of the page may answer: nothing else needs its regions."""
    return _words(query.text) in _TITLES


def _kind_of(question: str) -> Kind:
    text = question.lower()
    if re.search(r"\b(?:when|date|dob|day|expir\w+|birthday)\b", text):
        return Kind.DATE
    if re.search(r"\bhow much\b|\b(?:amount|total|price|cost|pay|balance|sum|salary|tax|fee|due)\b", text):
        return Kind.AMOUNT
    if re.search(r"\bhow many\b|\b(?:number|no\.|id|zip|phone|fax|quantity|age)\b|#", text):
        return Kind.NUMBER
    if re.search(r"\b(?:who|whom|whose|name)\b", text):
        return Kind.NAME
    if re.match(r"\s*(?:is|are|was|were|does|do|did|has|have|can|will)\b", text):
        return Kind.CHOICE
    return Kind.TEXT


def _fits(kind: Kind, span: Span) -> bool:
    match kind:
        case Kind.DATE:
            return _DATE.search(span.text) is not None
        case Kind.AMOUNT:
            return _AMOUNT.search(span.text) is not None or _NUMBER.search(span.text) is not None
        case Kind.NUMBER:
            return _NUMBER.search(span.text) is not None and _DATE.fullmatch(span.text) is None
        case Kind.NAME:
            return _LETTERS.search(span.text) is not None
        case Kind.CHOICE:
            return bool(span.marks) or len(span.words) <= 3
        case Kind.TEXT:
            return True
