"""`images:annotate` over REST: Google's client, plain HTTP, what is wrong with single images and with whole calls."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.cloud import vision
from tests.dialect.google_live import TEXT, Google, pdf, picture

from stele.service.access import create_keys
from stele.service.records import JobFilter

pytestmark = pytest.mark.usefixtures("workers")

SAID = "page 1 of null engine"


def image(data: bytes) -> dict[str, object]:
    return {"content": base64.b64encode(data).decode()}


def annotate(google: Google, *requests: object, path: str = "/v1/images:annotate", **body: object) -> dict[str, object]:
    with google.http() as http:
        answer = http.post(path, json={"requests": requests, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(google: Google, body: object, path: str = "/v1/images:annotate", status: int = 400) -> str:
    with google.http() as http:
        answer = http.post(path, content=body if isinstance(body, bytes) else json.dumps(body))
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == status
    return f"{error['status']}: {error['message']}"


def test_googles_client_over_rest(google: Google) -> None:
    answer = google.client().text_detection(image=vision.Image(content=picture()))
    assert answer.text_annotations[0].description == SAID + "\n"
    assert [one.description for one in answer.text_annotations[1:]] == SAID.split()
    page = answer.full_text_annotation.pages[0]
    assert (page.width, page.height) == (120, 80)
    words = page.blocks[0].paragraphs[0].words
    assert "".join(symbol.text for symbol in words[0].symbols) == "page"
    assert words[0].symbols[-1].property.detected_break.type_.name == "SPACE"
    assert words[-1].symbols[-1].property.detected_break.type_.name == "LINE_BREAK"


def test_confidences_come_with_documents_or_when_asked_for(google: Google) -> None:
    flag = {"textDetectionParams": {"enableTextDetectionConfidenceScore": True}}
    requests = [
        {"image": image(picture()), "features": [{"type": "TEXT_DETECTION"}]},
        {"image": image(picture()), "features": [{"type": "TEXT_DETECTION"}], "imageContext": flag},
        {"image": image(picture()), "features": [{"type": "TEXT_DETECTION"}, TEXT]},
    ]
    pages = [one["fullTextAnnotation"]["pages"][0] for one in annotate(google, *requests)["responses"]]
    assert [page.get("confidence") for page in pages] == [None, 1, 1]


def test_all_spellings_of_a_request(google: Google) -> None:
    uri = google.put("a.png", picture())
    url_safe = base64.urlsafe_b64encode(picture()).decode().rstrip("=")
    requests = [
        {"image": {"source": {"gcs_image_uri": uri}}, "features": [{"type": 11, "max_results": "3"}]},
        {
            "image": {"source": {"imageUri": uri.replace("gs:", "s3:")}},
            "features": [{"type": "11"}],
            "imageContext": None,
        },
        {"image": {"content": url_safe}, "features": [TEXT], "image_context": {"language_hints": ["en", "iw"[:0]]}},
    ]
    for path in (
        "images:annotate",
        "images%3Aannotate",
        "projects/p/images:annotate",
        "projects/p/locations/eu/images:annotate",
    ):
        answer = annotate(google, *requests, path=f"/v1/{path}?$.xgafv=2&%24alt=json%3Benum-encoding%3Dint", labels={})
        assert [one["fullTextAnnotation"]["text"] for one in answer["responses"]] == [SAID + "\n"] * 3


def test_pretty_compact_and_compressed(google: Google) -> None:
    body = json.dumps({"requests": [{"image": image(picture()), "features": [TEXT]}]}).encode()
    with google.http() as http:
        pretty = http.post("/v1/images:annotate", content=body, headers={"accept-encoding": "identity"})
        compact = http.post("/v1/images:annotate?prettyPrint=false", content=body)
        zipped = http.post("/v1/images:annotate", content=gzip.compress(body), headers={"content-encoding": "gzip"})
    assert pretty.text.startswith('{\n  "responses": [\n') and "content-encoding" not in pretty.headers
    assert compact.text.startswith('{"responses":[{') and compact.headers["content-encoding"] == "gzip"
    assert pretty.json() == compact.json() == zipped.json()
    assert pretty.headers["content-type"] == "application/json; charset=UTF-8"


def test_blank_picture(google: Google) -> None:
    """Nothing is found on a page that is only asked for its colours, and zeros are left out."""
    answer = annotate(google, {"image": image(picture(colour="black")), "features": [{"type": "IMAGE_PROPERTIES"}]})
    (one,) = answer["responses"]
    (colour,) = one["imagePropertiesAnnotation"]["dominantColors"]["colors"]
    assert colour == {"color": {}, "score": 1, "pixelFraction": 1}
    (hint,) = one["cropHintsAnnotation"]["cropHints"]
    assert hint["boundingPoly"]["vertices"] == [{}, {"x": 119}, {"x": 119, "y": 79}, {"y": 79}]
    assert "fullTextAnnotation" not in one


def test_crop_hints_follow_the_ratios(google: Google) -> None:
    context = {"cropHintsParams": {"aspectRatios": [1, 0.5]}}
    answer = annotate(google, {"image": image(picture()), "features": [{"type": 9}], "imageContext": context})
    assert len(answer["responses"][0]["cropHintsAnnotation"]["cropHints"]) == 2


def test_features_without_a_model_are_left_out_and_told_beside(google: Google) -> None:
    body = {"requests": [{"image": image(picture()), "features": [TEXT, {"type": "LABEL_DETECTION"}, {"type": 12}]}]}
    with google.http() as http:
        answer = http.post("/v1/images:annotate", json=body)
        metrics = http.get("/metrics").text
    (one,) = answer.json()["responses"]
    assert "fullTextAnnotation" in one and "labelAnnotations" not in one and "error" not in one
    warning = answer.headers["warning"]
    assert "LABEL_DETECTION was left out: it needs a model: stele models pull labels" in warning
    assert "PRODUCT_SEARCH" in warning
    assert 'stele_features_unanswered_total{dialect="google",feature="LABEL_DETECTION"}' in metrics


def test_all_features_of_the_python_client(google: Google) -> None:
    answer = google.client().annotate_image({"image": {"content": picture()}})
    assert not answer.error.code and answer.full_text_annotation.text == SAID + "\n"


def test_nothing_but_features_without_a_model(google: Google) -> None:
    answer = annotate(google, {"image": image(picture()), "features": [{"type": "LABEL_DETECTION"}]})
    (one,) = answer["responses"]
    assert one["error"]["code"] == 12 and "stele models pull labels" in one["error"]["message"]


def test_what_is_wrong_with_one_image_costs_the_others_nothing(google: Google) -> None:
    theirs = Google(google.live, google.folder.parent / "theirs", f"x{google.principal.project}")
    forbidden = theirs.put("a.png", picture())
    uri = google.put("a.png", picture())
    images = [
        image(picture()),
        image(b"rubbish"),
        image(b"\x89PNG\r\n\x1a\n"),
        image(pdf(1)),
        {"source": {"imageUri": f"gs://{google.bucket}/missing.png"}},
        {"source": {"imageUri": forbidden}},
        {"source": {"imageUri": "gs://nobody-has-it/a.png"}},
        {"source": {"imageUri": "gs://"}},
        {"source": {"imageUri": uri}},
    ]
    answers = annotate(google, *({"image": one, "features": [TEXT]} for one in images))["responses"]
    assert [one.get("error", {}).get("code") for one in answers] == [None, 3, 3, 3, 5, 7, 7, 3, None]
    assert {one["error"]["message"] for one in answers[1:4]} == {"Bad image data."}
    assert answers[4]["error"]["message"] == f"Error opening file: gs://{google.bucket}/missing.png."
    assert answers[5]["error"]["message"] == f"Error opening file: {forbidden}."
    assert all("fullTextAnnotation" in answers[index] for index in (0, 8))


def test_a_hint_that_is_no_language_fails_its_image(google: Google) -> None:
    requests = [
        {"image": image(picture()), "features": [TEXT], "imageContext": {"languageHints": [hint]}}
        for hint in ("en", "klingon", "en-t-i0-handwrit", "ace")
    ]
    answers = annotate(google, *requests)["responses"]
    assert [one.get("error", {}).get("code") for one in answers] == [None, 3, None, None]
    assert "klingon" in answers[1]["error"]["message"]


@pytest.fixture
def site() -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"/a.png": 200, "/busy.png": 503}.get(self.path, 404)
            self.send_response(status)
            self.end_headers()
            if status == 200:
                self.wfile.write(picture())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_pictures_by_address(google: Google, site: str) -> None:
    addresses = [f"{site}/a.png", f"{site}/missing.png", f"{site}/busy.png", "http://10.0.0.1/a.png"]
    answers = annotate(google, *({"image": {"source": {"imageUri": one}}, "features": [TEXT]} for one in addresses))[
        "responses"
    ]
    assert answers[0]["fullTextAnnotation"]["text"] == SAID + "\n"
    assert [one["error"]["code"] for one in answers[1:]] == [3, 14, 3]
    assert "does not appear to be accessible" in answers[1]["error"]["message"]
    assert "can not access the URL currently" in answers[2]["error"]["message"]


def test_content_counts_more_than_an_address(google: Google) -> None:
    both = {**image(picture()), "source": {"imageUri": "gs://nobody-has-it/a.png"}}
    assert "error" not in annotate(google, {"image": both, "features": [TEXT]})["responses"][0]


def test_a_picture_of_20_megabytes_is_too_large(google: Google) -> None:
    large = picture() + bytes(20 * 1024 * 1024)
    answers = annotate(
        google, {"image": image(large), "features": [TEXT]}, {"image": image(picture()), "features": [TEXT]}
    )
    assert answers["responses"][0]["error"]["code"] == 3 and "error" not in answers["responses"][1]


GOOD = {"image": image(picture()), "features": [TEXT]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"requests": []}, "Request must specify image and features."),
        ({}, "Request must specify image and features."),
        (b"", "Request must specify image and features."),
        ({"requests": [{"image": image(picture())}]}, "Request must specify image and features."),
        ({"requests": [{"features": [TEXT]}]}, "Request must specify image and features."),
        ({"requests": [{"image": {}, "features": [TEXT]}]}, "Request must specify image and features."),
        ({"requests": [{**GOOD, "features": [{"type": 0}]}]}, "A feature has no type."),
        ({"requests": [GOOD] * 17}, "Too many images per request"),
        ({"requests": [{**GOOD, "x": 1}]}, "Unknown name \"x\" at 'requests[0]': Cannot find field."),
        ({"what": 1}, 'Unknown name "what": Cannot find field.'),
        ({"requests": [{**GOOD, "features": [{"type": "FOO"}]}]}, "Invalid value at 'requests[0].features[0].type'"),
        ({"requests": [{**GOOD, "features": [{"type": 999}]}]}, "Feature.Type), 999"),
        ({"requests": [{**GOOD, "features": [{**TEXT, "maxResults": -1}]}]}, "must not be negative"),
        ({"requests": [{**GOOD, "features": [{**TEXT, "model": "mine"}]}]}, "The model mine"),
        ({"requests": [{**GOOD, "image": {"content": "data:image/png;base64,AAAA"}}]}, "Base64 decoding failed"),
        ({"requests": [{**GOOD, "image": {"content": "AA AA"}}]}, "Base64 decoding failed"),
        (b"[1]", "Invalid JSON payload received."),
        (b"{", "Invalid JSON payload received. Unexpected token."),
        (b"\xff", "Invalid JSON payload received."),
        (b"[" * 100_000, "Invalid JSON payload received."),
        ({"requests": [GOOD], "imageContext": {"cropHintsParams": 3}}, "Unknown name"),
    ],
)  # fmt: skip
def test_whole_calls_that_are_refused(google: Google, body: object, said: str) -> None:
    told = refused(google, body)
    assert told.startswith("INVALID_ARGUMENT: ") and said in told
    assert not google.core.store.jobs(JobFilter(project=google.principal.project)), "there is no job"


def test_too_large_a_request(google: Google) -> None:
    limit = 64 * 1024 * 1024
    said = f"INVALID_ARGUMENT: Request payload size exceeds the limit: {limit} bytes."
    assert refused(google, bytes(limit + 1)) == said
    with google.http() as http:
        bomb = http.post(
            "/v1/images:annotate", content=gzip.compress(bytes(limit + 1)), headers={"content-encoding": "gzip"}
        )
    assert bomb.status_code == 400 and "exceeds the limit" in bomb.text


def test_a_message_of_50_megabytes(google: Google) -> None:
    large = {"image": image(picture() + bytes(18 * 1024 * 1024)), "features": [TEXT]}
    assert len(annotate(google, large, large)["responses"]) == 2


def test_nothing_is_left_of_a_call(google: Google) -> None:
    annotate(google, GOOD)
    for _ in range(200):
        if not google.core.store.jobs(JobFilter(project=google.principal.project)):
            return
        threading.Event().wait(0.02)
    raise AssertionError("the job of a call is still there")


def test_paths_that_are_not(google: Google) -> None:
    for method, path in (("POST", "/v1/images:dance"), ("GET", "/v1/images:annotate/x"), ("PUT", "/v1/operations/1")):
        with google.http() as http:
            answer = http.request(method, path)
        assert answer.status_code == 404 and answer.json()["error"]["status"] == "NOT_FOUND"


def test_another_projects_keys_do_not_see_the_bucket(google: Google) -> None:
    stranger = create_keys(google.core, f"y{google.principal.project}")
    uri = google.put("a.png", picture())
    answer = google.client(stranger).text_detection(image=vision.Image(source=vision.ImageSource(image_uri=uri)))
    assert answer.error.code == 7
