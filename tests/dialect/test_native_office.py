"""Office files through a server: in as a job, and out as files to edit."""

from __future__ import annotations

from io import BytesIO

import docx
import openpyxl
import pytest
from tests.dialect.live import Live

from stele.domain.errors import LayoutMissing
from stele.domain.media import MediaType
from stele.pipeline.intake import office_program
from stele.service.access import create_keys
from stele.service.names import input_blob, layout_blob

pytestmark = pytest.mark.usefixtures("workers")


def test_a_letter_is_laid_out_once_and_comes_back_editable(google_live: Live) -> None:
    try:
        office_program.version()
    except LayoutMissing as error:
        pytest.skip(error.message)
    made, letter = docx.Document(), BytesIO()
    made.add_paragraph("Plain words of a letter")
    made.add_page_break()
    made.add_paragraph("Its second page")
    made.save(letter)
    keys = create_keys(google_live.core, "office")
    with google_live.client(keys) as client:
        files = {"file": ("letter.docx", letter.getvalue(), "application/octet-stream")}
        job = client.post("/jobs", files=files, data={"formats": "docx,xlsx"}).json()["id"]
        ended = client.get(f"/jobs/{job}", params={"wait": 30}).json()
        assert ended["state"] == "succeeded", ended
        (item,) = ended["items"]
        assert (item["media_type"], item["pages"]) == (MediaType.DOCX, 2)
        answer = client.get(f"/jobs/{job}/export", params={"format": "docx"})
        assert answer.headers["content-type"] == MediaType.DOCX
        texts = [each.text for each in docx.Document(BytesIO(answer.content)).paragraphs if each.text]
        assert texts == ["Plain words of a letter", "Its second page"]
        book = openpyxl.load_workbook(BytesIO(client.get(f"/jobs/{job}/export", params={"format": "xlsx"}).content))
        assert book["Text"]["A1"].value == "Plain words of a letter"
        assert client.get(f"/jobs/{job}/export", params={"format": "pdf", "wait": 30}).content.startswith(b"%PDF")
    blobs = google_live.core.blobs
    assert blobs.read(layout_blob(job, 0)).startswith(b"%PDF"), "units read these pages, and lay nothing out again"
    assert blobs.read(input_blob(job, 0)) == letter.getvalue()
