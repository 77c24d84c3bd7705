"""`files:annotate` over REST: pages, frames, and files that cannot be read."""

from __future__ import annotations

import base64
import io
from typing import Any

import pikepdf
import pytest
from google.cloud import vision
from PIL import Image
from tests.dialect.google_live import TEXT, Google, pdf, picture

pytestmark = pytest.mark.usefixtures("workers")

PDF = "application/pdf"


def annotate(google: Google, *requests: object, status: int = 200) -> dict[str, Any]:
    with google.http() as http:
        answer = http.post("/v1/files:annotate", json={"requests": requests})
    assert answer.status_code == status, answer.text
    return answer.json()


def file(data: bytes, mime_type: str = PDF, **fields: object) -> dict[str, object]:
    config = {"mimeType": mime_type, "content": base64.b64encode(data).decode()}
    return {"inputConfig": config, "features": [TEXT], **fields}


def numbers(answer: dict[str, Any]) -> list[int]:
    return [page["context"]["pageNumber"] for page in answer["responses"]]


@pytest.mark.parametrize(
    ("pages", "wanted", "expected"),
    [
        (7, [], [1, 2, 3, 4, 5]),
        (3, [], [1, 2, 3]),
        (7, [2], [2]),
        (7, [-1], [7]),
        (7, [6, 1, -2, -7], [6, 1, 6, 1]),
    ],
)
def test_which_pages(google: Google, pages: int, wanted: list[int], expected: list[int]) -> None:
    (answer,) = annotate(google, file(pdf(pages), pages=wanted))["responses"]
    assert numbers(answer) == expected and answer["totalPages"] == pages
    texts = [page["fullTextAnnotation"]["text"] for page in answer["responses"]]
    assert texts == [f"This is page {number} of the report.\n" for number in expected]


def test_places_are_parts_of_the_page(google: Google) -> None:
    (answer,) = annotate(google, file(pdf(1)))["responses"]
    text = answer["responses"][0]["fullTextAnnotation"]
    (page,) = text["pages"]
    assert (page["width"], page["height"]) == (612, 792)
    word = page["blocks"][0]["paragraphs"][0]["words"][0]
    corner = word["boundingBox"]["normalizedVertices"][0]
    assert "vertices" not in word["boundingBox"]
    assert corner["x"] == pytest.approx(72 / 612, abs=0.01) and corner["y"] == pytest.approx(100 / 792, abs=0.03)
    assert "boundingBox" not in word["symbols"][0] and "textAnnotations" not in answer["responses"][0]
    assert "content" not in answer["inputConfig"] and "uri" not in answer["responses"][0]["context"]


def test_a_turned_page_is_taken_as_displayed(google: Google) -> None:
    turned = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(1))) as document:
        document.pages[0].Rotate = 90
        document.save(turned)
    (answer,) = annotate(google, file(turned.getvalue()))["responses"]
    (page,) = answer["responses"][0]["fullTextAnnotation"]["pages"]
    assert (page["width"], page["height"]) == (792, 612)
    corner = page["blocks"][0]["boundingBox"]["normalizedVertices"][0]
    # The text begins at the top left of the unturned page, which is shown at the top right.
    assert corner["x"] > 0.8 and corner["y"] == pytest.approx(72 / 612, abs=0.01)


def test_frames(google: Google) -> None:
    frames = [Image.new("RGB", (100, 50), colour) for colour in ("white", "red", "blue")]
    for kind, mime_type in (("GIF", "image/gif"), ("TIFF", "image/tiff")):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        (answer,) = annotate(google, file(out.getvalue(), mime_type, pages=[-1]))["responses"]
        assert numbers(answer) == [3] and answer["totalPages"] == 3
        page = answer["responses"][0]["fullTextAnnotation"]["pages"][0]
        assert (page["width"], page["height"]) == (100, 50)


def test_googles_client_and_an_object(google: Google) -> None:
    uri = google.put("a/report.pdf", pdf(2))
    request = vision.AnnotateFileRequest(
        input_config=vision.InputConfig(gcs_source=vision.GcsSource(uri=uri), mime_type=PDF),
        features=[vision.Feature(type_=vision.Feature.Type.TEXT_DETECTION)],
    )
    (answer,) = google.client().batch_annotate_files(requests=[request]).responses
    assert answer.input_config.gcs_source.uri == uri and answer.total_pages == 2
    assert [page.context.uri for page in answer.responses] == [uri, uri]


def test_annotations_of_a_page(google: Google) -> None:
    features = [{"type": "IMAGE_PROPERTIES"}]
    (answer,) = annotate(google, {**file(pdf(1)), "features": features})["responses"]
    (page,) = answer["responses"]
    assert page["imagePropertiesAnnotation"]["dominantColors"]["colors"]
    assert "normalizedVertices" in page["cropHintsAnnotation"]["cropHints"][0]["boundingPoly"]


def test_what_is_wrong_with_one_file_costs_the_others_nothing(google: Google) -> None:
    gone = {"gcsSource": {"uri": f"gs://{google.bucket}/gone.pdf"}, "mimeType": PDF}
    encrypted = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(1))) as document:
        document.save(encrypted, encryption=pikepdf.Encryption(owner="o", user="u"))
    answers = annotate(
        google,
        file(b"rubbish"),
        file(encrypted.getvalue()),
        file(pdf(2), pages=[1, 3]),
        {"inputConfig": gone, "features": [TEXT]},
        file(pdf(1)),
    )["responses"]
    assert [one.get("error", {}).get("code") for one in answers] == [3, 3, 3, 5, None]
    assert all("responses" not in one for one in answers[:4])
    assert "password" in answers[1]["error"]["message"]
    assert answers[2]["error"]["message"] == "Invalid pages: 1, 3. The file has 2 pages."
    assert answers[3]["error"]["message"] == f"Error opening file: gs://{google.bucket}/gone.pdf."
    assert answers[3]["inputConfig"] == gone


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (file(pdf(1), "text/plain"), "Unsupported input file format"),
        (file(pdf(1), ""), "Unsupported input file format"),
        (file(pdf(6), pages=[1, 2, 3, 4, 5, 6]), "Too many pages"),
        ({"inputConfig": {"mimeType": PDF}, "features": [TEXT]}, "exactly one of gcs_source and content"),
        ({**file(pdf(1)), "features": []}, "features"),
        ({**file(picture()), "outputConfig": {}}, 'Unknown name "outputConfig"'),
    ],
)
def test_whole_calls_that_are_refused(google: Google, request_: dict[str, object], said: str) -> None:
    assert said in annotate(google, request_, status=400)["error"]["message"]


def test_at_most_five_files(google: Google) -> None:
    assert "Too many files" in annotate(google, *[file(pdf(1))] * 6, status=400)["error"]["message"]
