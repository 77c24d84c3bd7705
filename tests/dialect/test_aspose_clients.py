"""The official packages `aspose-ocr-cloud` of three generations, each in an environment that has nothing else, against
the live server: every operation that they have."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.dialect.aspose_live import WHALES, Aspose, encoded, line
from tests.dialect.google_live import pdf

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(__file__).with_name("aspose_client.py")
VERSIONS = ("24.11.0", "24.8.0", "23.12.0")
SETTINGS = {"language": "English", "resultType": "Text"}


@pytest.fixture(params=VERSIONS)
def package(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """A version, and the folder beside this environment that it and what it needs are installed to, once."""
    version: str = request.param
    needs = ROOT / "requirements" / f"aspose-{version}.txt"
    digest = hashlib.sha256(needs.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / "clients" / f"aspose-{version}-{digest}"
    done = folder / "done"
    if not done.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        install = [*pip, "--require-hashes", "--upgrade", "--target", str(folder), "-r", str(needs)]
        found = subprocess.run(install, capture_output=True, text=True, check=False, timeout=300)
        if "No matching distribution" in found.stderr or "Could not fetch" in found.stderr:
            pytest.skip("the package index cannot be reached, so aspose-ocr-cloud cannot be installed")
        assert found.returncode == 0, found.stderr
        done.touch()
    return version, folder


def told(aspose: Aspose, package: tuple[str, Path], calls: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """What became of calls, in their order."""
    version, folder = package
    # Without site-packages: what is installed for Stele is not there.
    command = [sys.executable, "-S", str(CLIENT), version, aspose.address]
    run = subprocess.run(
        [*command, aspose.keys.client_id, aspose.keys.client_secret],
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
        input="\n".join(json.dumps(call) for call in calls),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(one) for one in run.stdout.splitlines()]


def test_every_operation(aspose: Aspose, package: tuple[str, Path], readers: None, tmp_path: Path) -> None:
    version, _ = package
    image = encoded(line())
    whole = {"rect": {"topLeftX": 0, "topLeftY": 0, "bottomRightX": 900, "bottomRightY": 140}, "order": 0}
    # Each: the operation, its body, and the types of its results. Black and white is what newer packages ask for.
    wanted: list[tuple[str, dict[str, Any], list[str]]] = [
        ("RecognizeImage", {"image": image, "settings": SETTINGS}, ["Text"]),
        ("RecognizeImage", {"image": image, "settings": {"resultType": "TextAndPdf"}}, ["Text", "Pdf"]),
        ("RecognizePdf", {"image": encoded(pdf(2)), "settings": SETTINGS}, ["Text"]),
        ("RecognizeTable", {"image": image, "settings": {"resultTypeTable": "CsvAndExcel"}}, ["Csv", "Excel"]),
        ("RecognizeReceipt", {"image": image, "settings": SETTINGS}, ["Text"]),
        ("RecognizeLabel", {"image": image, "settings": SETTINGS}, ["Text"]),
        ("RecognizeRegions", {"image": image, "settings": {"regions": [whole]}}, ["Text"]),
        ("RecognizeAndParseInvoice", {"image": image, "settings": SETTINGS}, ["Text"]),
        ("RecognizeImageTrial", {"image": image, "settings": SETTINGS}, ["Text"]),
        ("DetectRegions", {"image": image, "settings": {"language": "English"}}, ["Other"]),
        ("BinarizeImage", {"image": image}, ["ImagePNG"]),
        ("DeskewImage", {"image": image}, ["ImagePNG"]),
        ("DewarpImage", {"image": image}, ["ImagePNG"]),
        ("UpscaleImage", {"image": image}, ["ImagePNG"]),
    ]
    outcomes = told(aspose, package, [(operation, body) for operation, body, _ in wanted])
    assert len(outcomes) == len(wanted)
    for (operation, _, types), outcome in zip(wanted, outcomes, strict=True):
        assert (outcome["status"], outcome["code"]) == ("Completed", "Ok"), (operation, outcome)
        assert [kind for kind, _ in outcome["results"]] == types
        assert outcome.get("after", "NotExist") == "NotExist"
        assert outcome.get("before", "Completed") == "Completed"
        data = base64.b64decode(outcome["results"][0][1])
        if types[0] == "Text" and operation not in {"RecognizePdf", "RecognizeAndParseInvoice"}:
            assert data.decode() == WHALES, operation
    pages = base64.b64decode(outcomes[2]["results"][0][1]).decode()
    assert pages == "This is page 1 of the report.\nThis is page 2 of the report."
    if not version.startswith("23."):
        path = tmp_path / "line.png"
        path.write_bytes(line())
        (old,) = told(aspose, package, [("ImageProcessing", ["post_binarization_file", str(path)])])
        assert (old["media_type"], old["status"]) == ("image/png", "Completed")


def test_what_ends_with_an_error(aspose: Aspose, package: tuple[str, Path], readers: None) -> None:
    settings = {"language": "English"}
    broken, fonts, djvu, speech = told(
        aspose,
        package,
        [
            ("RecognizeImage", {"image": encoded(b"no image"), "settings": SETTINGS}),
            ("IdentifyFont", {"image": encoded(line()), "settings": settings}),
            ("DjVu2PDF", {"image": encoded(line()), "settings": settings}),
            ("ConvertTextToSpeech", {"text": "Hello", "settings": {"language": "English", "resultType": "Wav"}}),
        ],
    )
    assert (broken["status"], broken["code"]) == (djvu["status"], djvu["code"]) == ("Error", "Error")
    assert "none of the supported formats" in broken["error"]["messages"][0]
    assert fonts["http"] == 501
    # Where nothing speaks, it says what to install.
    assert speech["status"] == "Completed" or "apt-get install espeak-ng" in speech["error"]["messages"][0]


def test_a_wrong_secret(aspose: Aspose, package: tuple[str, Path]) -> None:
    version, folder = package
    run = subprocess.run(
        [sys.executable, "-S", str(CLIENT), version, aspose.address, aspose.keys.client_id, "no"],
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode != 0
