"""What comes back, of each operation and each type of result, from the real engine."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import wave
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pypdfium2
import pytest
from PIL import Image
from tests.dialect.aspose_live import WHALES, Aspose, encoded, line
from tests.dialect.google_live import pdf

from stele.pipeline.cleaning.straightening import tilt_of
from stele.pipeline.reading.engines import tesseract

pytestmark = pytest.mark.usefixtures("readers")

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def text_of_pdf(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def pixels(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_the_line_of_the_tutorial(aspose: Aspose) -> None:
    assert aspose.results("RecognizeImage", line()) == [("Text", WHALES.encode())]


@pytest.mark.parametrize("kind", ["BMP", "JPEG", "PNG", "TIFF", "GIF"])
def test_formats_of_images(aspose: Aspose, kind: str) -> None:
    assert aspose.results("RecognizeImage", line(kind=kind)) == [("Text", WHALES.encode())]


def test_a_page_without_text(aspose: Aspose) -> None:
    out = io.BytesIO()
    Image.new("L", (300, 200), 255).save(out, "PNG")
    assert aspose.results("RecognizeImage", out.getvalue()) == [("Text", b"")]


@pytest.mark.parametrize(
    ("asked", "types"),
    [
        ("Pdf", ["Pdf"]),
        ("Hocr", ["Hocr"]),
        ("TextAndPdf", ["Text", "Pdf"]),
        ("TextAndHocr", ["Text", "Hocr"]),
        ("PdfAndHocr", ["Pdf", "Hocr"]),
        ("TextAndPdfAndHocr", ["Text", "Pdf", "Hocr"]),
        ("JSON", ["JSON"]),
        ("ImagePNG", ["ImagePNG"]),
    ],
)
def test_types_of_results(aspose: Aspose, asked: str, types: list[str]) -> None:
    found = aspose.results("RecognizeImage", line(), resultType=asked)
    assert [name for name, _ in found] == types
    for name, data in found:
        match name:
            case "Text":
                assert data.decode() == WHALES
            case "Pdf":
                assert WHALES in text_of_pdf(data)
            case "Hocr":
                assert b"ocrx_word" in data and b"enveloped" in data
            case "JSON":
                (block,) = json.loads(data)
                assert block["text"] == WHALES
                rect = block["rect"]
                assert 30 < rect["topLeftX"] < rect["bottomRightX"] < 900
                assert 30 < rect["topLeftY"] < rect["bottomRightY"] < 120
            case "ImagePNG":
                assert pixels(data).shape[:2] == (140, 900)


def test_pages_of_a_pdf_keep_their_exact_text(aspose: Aspose) -> None:
    for operation in ("RecognizePdf", "RecognizeImage"):
        ((_, text), (_, file)) = aspose.results(operation, pdf(2), resultType="TextAndPdf", makeBinarization=True)
        assert text.decode() == "This is page 1 of the report.\nThis is page 2 of the report."
        assert "page 2 of the report" in text_of_pdf(file)


def test_several_pages_of_a_picture_are_cleaned_each(aspose: Aspose) -> None:
    image = (SAMPLES / "minutes.tif").read_bytes()
    ((_, text), (_, file)) = aspose.results("RecognizeImage", image, resultType="TextAndPdf", makeBinarization=True)
    with Image.open(io.BytesIO(image)) as given, pypdfium2.PdfDocument(file) as made:
        assert len(made) == given.n_frames
    assert text.startswith(b"Larkfield Village Hall Society\n")


def test_filters_of_reading(aspose: Aspose) -> None:
    tilted = line(angle=9)
    assert aspose.results("RecognizeImage", tilted) == [("Text", WHALES.encode())]
    ((_, text), (_, image)) = [
        *aspose.results("RecognizeImage", tilted, makeUpsampling=True, makeBinarization=True),
        *aspose.results("RecognizeImage", tilted, resultType="ImagePNG"),
    ]
    assert text.decode() == WHALES
    assert abs(tilt_of(pixels(image))) < 0.3
    on_its_head = line(angle=180)
    assert aspose.results("RecognizeImage", on_its_head, rotate=180) == [("Text", WHALES.encode())]


def test_regions_in_their_order(aspose: Aspose) -> None:
    def region(box: tuple[int, int, int, int], order: int) -> dict[str, object]:
        sides = ("topLeftX", "topLeftY", "bottomRightX", "bottomRightY")
        return {"rect": dict(zip(sides, box, strict=True)), "order": order}

    stacked = np.vstack([pixels(line("first of all")), pixels(line("second to that"))])
    image = cv2.imencode(".png", stacked)[1].tobytes()
    upper, lower = region((0, 0, 900, 140), 2), region((0, 140, 5_000, 280), 1)
    found = aspose.results("RecognizeRegions", image, regions=[upper, lower])
    assert [text for _, text in found] == [b"second to that", b"first of all"]
    assert aspose.results("RecognizeRegions", image) == [("Text", b"first of all\nsecond to that")]
    outside = region((2_000, 0, 2_100, 10), 0)
    answer = aspose.get("RecognizeRegions", aspose.post("RecognizeRegions", image, regions=[upper, outside]))
    assert (answer["taskStatus"], answer["responseStatusCode"]) == ("Completed", "PartiallyNotFound")
    assert [one["data"] for one in answer["results"]] == ["", encoded(b"first of all")]
    assert "nothing of the picture" in answer["error"]["warnings"][-1]


def test_tables(aspose: Aspose) -> None:
    image = (SAMPLES / "invoice.png").read_bytes()
    ((_, table), (_, book)) = aspose.results("RecognizeTable", image, resultTypeTable="CsvAndExcel")
    rows = list(csv.reader(io.StringIO(table.decode())))
    assert rows[0] == ["0", "1", "2", "3", "4"]
    assert rows[1][:3] == ["Code", "Description", "Quantity"]
    assert rows[2] == ["LT-204", "Brass reading lamp, green shade", "4", "68.50", "274.00"]
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == ["LT-204", "Brass reading lamp, green shade", 4, 68.5, 274]
    assert aspose.results("RecognizeTable", line()) == [("Text", WHALES.encode())]
    assert aspose.results("RecognizeTable", line(), resultTypeTable="Csv") == [("Csv", f"0\n{WHALES}\n".encode())]


def test_regions_that_are_found(aspose: Aspose) -> None:
    ((name, data),) = aspose.results("DetectRegions", (SAMPLES / "article.jpg").read_bytes())
    assert name == "Other"
    regions = json.loads(data)
    assert len(regions) > 5 and all(left < right and top < bottom for left, top, right, bottom in regions)


def test_receipts_and_labels(aspose: Aspose) -> None:
    for operation in ("RecognizeReceipt", "RecognizeLabel", "RecognizeImageTrial"):
        assert aspose.results(operation, line()) == [("Text", WHALES.encode())]


def test_clean_pictures(aspose: Aspose) -> None:
    ((_, black_and_white),) = aspose.results("BinarizeImage", line(kind="JPEG"))
    assert set(np.unique(pixels(black_and_white))) == {0, 255}
    ((_, upright),) = aspose.results("DeskewImage", line(angle=12))
    assert abs(tilt_of(pixels(upright))) < 0.3
    ((_, larger),) = aspose.results("UpscaleImage", line())
    assert pixels(larger).shape[:2] == (280, 1800)
    ((_, straight),) = aspose.results("DewarpImage", line())
    assert pixels(straight).shape[:2] == (140, 900)
    answer = aspose.get("BinarizeImage", aspose.post("BinarizeImage", (SAMPLES / "minutes.tif").read_bytes()))
    assert answer["taskStatus"] == "Error" and "3 pages; the limit is 1" in answer["error"]["messages"][0]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_speech(aspose: Aspose) -> None:
    task = aspose.http.post(
        "ConvertTextToSpeech", json={"text": "Call me Ishmael.", "settings": {"language": "english"}}
    )
    answer = aspose.get("ConvertTextToSpeech", task.text)
    assert answer["id"] == task.text and answer["taskStatus"] == "Completed"
    older = aspose.http.post("TextToSpeech/PostTextToSpeech", json={"text": "Hello", "language": "English"}).text
    assert aspose.get("TextToSpeech/GetTextToSpeechResult", older)["results"][0]["type"] == "WavFile"
    file = aspose.http.get("TextToSpeech/GetTextToSpeechResultFile", params={"id": older})
    assert file.headers["content-type"] == "application/octet-stream"
    with wave.open(io.BytesIO(file.content)) as sound:
        assert sound.getnchannels() == 1 and sound.getnframes() / sound.getframerate() > 0.2
    for body in ({}, {"text": " "}, {"text": "x" * 100_001}, {"text": "x", "language": "German"}):
        assert aspose.http.post("ConvertTextToSpeech", json=body).status_code == 400


def test_speech_where_nothing_speaks(aspose: Aspose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    task = aspose.http.post("ConvertTextToSpeech", json={"text": "Hello"}).text
    answer = aspose.get("ConvertTextToSpeech", task)
    assert answer["taskStatus"] == "Error" and "apt-get install espeak-ng" in answer["error"]["messages"][0]


@pytest.mark.skipif(shutil.which("c44") is None or shutil.which("ddjvu") is None, reason="djvulibre-bin is missing")
def test_djvu(aspose: Aspose, tmp_path: Path) -> None:
    picture = tmp_path / "page.ppm"
    Image.open(io.BytesIO(line())).convert("RGB").save(picture)
    subprocess.run(["c44", "-slice", "100", picture, tmp_path / "page.djvu"], check=True)
    djvu = (tmp_path / "page.djvu").read_bytes()
    ((name, made),) = aspose.results("DjVu2PDF", djvu)
    assert name == "Pdf"
    with pypdfium2.PdfDocument(made) as document:
        assert len(document) == 1
    assert aspose.results("RecognizeImage", djvu) == [("Text", WHALES.encode())]
    answer = aspose.get("DjVu2PDF", aspose.post("DjVu2PDF", line()))
    assert answer["taskStatus"] == "Error" and "not DjVu" in answer["error"]["messages"][0]


def test_older_operations(aspose: Aspose) -> None:
    for name in ("PostBinarizationFile", "PostDewarpingFile", "PostSkewCorrectionFile", "PostUpsamplingImageFile"):
        posted = aspose.http.post(f"ImageProcessing/{name}", files={"file": ("a.png", line(), "image/png")})
        assert (posted.status_code, posted.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert aspose.get("ImageProcessing/GetResultTask", posted.text)["results"][0]["type"] == "ImagePNG"
        file = aspose.http.get("imageprocessing/getresultfile", params={"id": posted.text})
        assert file.headers["content-type"] == "image/png" and file.content.startswith(b"\x89PNG")
    gone = aspose.http.get("ImageProcessing/GetResultFile", params={"id": "1"})
    assert (gone.status_code, gone.content) == (204, b"")
    assert aspose.http.post("ImageProcessing/PostBinarizationFile").status_code == 400


def test_languages(aspose: Aspose) -> None:
    task = aspose.post("RecognizeImage", line(), language="Kikongo", makeSpellCheck=True)
    answer = aspose.get("RecognizeImage", task)
    assert (answer["taskStatus"], answer["results"][0]["data"]) == ("Completed", encoded(WHALES.encode()))
    warnings = answer["error"]["warnings"]
    assert len(warnings) == 1 and "makeSpellCheck" in warnings[0]


def test_a_language_without_a_model_of_its_own(aspose: Aspose) -> None:
    task = aspose.post("RecognizeImage", pdf(1), language="kabardian")
    answer = aspose.get("RecognizeImage", task)
    assert answer["taskStatus"] == "Completed" and "Kabardian" in answer["error"]["warnings"][0]


def test_a_language_whose_pack_is_not_installed(aspose: Aspose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "installed_packs", lambda: frozenset({"eng", "osd"}))
    monkeypatch.setattr(tesseract.TesseractEngine, "packs", lambda _: frozenset({"eng", "osd"}))
    answer = aspose.get("RecognizeImage", aspose.post("RecognizeImage", line(), language="Vietnamese"))
    assert (answer["taskStatus"], answer["results"][0]["data"]) == ("Completed", encoded(WHALES.encode()))
    (warning,) = answer["error"]["warnings"]
    assert "apt-get install tesseract-ocr-vie" in warning and "read as English" in warning
    answer = aspose.get("RecognizeImage", aspose.post("RecognizeImage", line(), language="Thai"))
    assert answer["taskStatus"] == "Error" and "apt-get install tesseract-ocr-tha" in answer["error"]["messages"][0]
