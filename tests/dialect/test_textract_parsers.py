"""The libraries that people use on Textract's answers read ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.test_textract_blocks import ALL, JOB, form

from stele.dialects.textract.blocks import page_blocks
from stele.domain.document import Page
from stele.domain.value import changed

__all__ = ["form"]


@pytest.fixture
def answer(form: Page) -> dict[str, Any]:
    blocks = page_blocks(changed(form, number=1), JOB, ALL)
    made = {"DocumentMetadata": {"Pages": 1}, "JobStatus": "SUCCEEDED", "Blocks": blocks}
    found: dict[str, Any] = json.loads(json.dumps(made))
    return found


def test_the_response_parser_reads_pages_tables_and_forms(answer: dict[str, Any]) -> None:
    trp = pytest.importorskip("trp", reason="needs amazon-textract-response-parser")
    (page,) = trp.Document(answer).pages
    assert [line.text for line in page.lines][:2] == ["Report", "Paid x Name: Jane"]
    assert [[cell.text.strip() for cell in row.cells] for table in page.tables for row in table.rows] == [
        ["Goods", ""],
        ["Pen", "3"],
    ]
    fields = {str(field.key): str(field.value) for field in page.form.fields}
    assert fields == {"Name:": "Jane", "Paid": "SELECTED", "x": "None"}


def test_the_response_parsers_schema_knows_every_member(answer: dict[str, Any]) -> None:
    trp2 = pytest.importorskip("trp.trp2", reason="needs amazon-textract-response-parser")
    document = trp2.TDocumentSchema().load(answer)
    assert len(document.blocks) == len(answer["Blocks"])


def test_textractor_reads_text_tables_and_layout(answer: dict[str, Any]) -> None:
    entities = pytest.importorskip("textractor.entities.document", reason="needs amazon-textract-textractor")
    document = entities.Document.open(answer)
    assert (len(document.pages), len(document.words), len(document.lines)) == (1, 10, 6)
    assert document.tables[0].to_pandas().map(str.strip).values.tolist() == [["Goods", ""], ["Pen", "3"]]
    assert "Jane" in [str(field.value) for field in document.key_values]
    assert [query.query for query in document.queries] == ["Who?", "Why?"]
    assert len(document.checkboxes) == 1 and len(document.signatures) == 1
    words = document.text.split()
    assert words.index("Report") < words.index("Jane") < words.index("first") < words.index("Goods"), "in reading order"
