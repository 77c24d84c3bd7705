"""Which engine reads, and what is said of engines that are not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from printing import PixelPage
from stele.domain.errors import EngineMissing, UnknownLanguage
from stele.domain.job import EngineName
from stele.pipeline.reading.engines.choosing import EngineChooser, probe
from stele.pipeline.reading.engines.paddle import finding
from stele.pipeline.reading.engines.paddle.finding import LineFinder
from stele.pipeline.reading.engines.paddle.runtime import Runtime, weights
from stele.pipeline.reading.seam import ReadOptions


def test_each_engine_is_made_once() -> None:
    chooser = EngineChooser(None, threads=1)
    null = ReadOptions(engine=EngineName.NULL)
    assert chooser.engine_for(null) is chooser.engine_for(null)
    assert chooser.engine_for(null).name is EngineName.NULL


def test_a_script_that_the_default_model_lacks_goes_to_tesseract(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="tesseract"):
        EngineChooser(None, threads=1).engine_for(ReadOptions(languages=("ar",)))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownLanguage):
        EngineChooser(None, threads=1).engine_for(ReadOptions(languages=("tlh",)))


def test_a_worker_with_the_null_engine_never_loads_openvino() -> None:
    program = (
        "import sys\n"
        "from stele.domain.job import EngineName\n"
        "from stele.pipeline.reading.engines.choosing import EngineChooser, probe\n"
        "from stele.pipeline.reading.seam import ReadOptions\n"
        "EngineChooser(None, 1).engine_for(ReadOptions(engine=EngineName.NULL)); probe()\n"
        "sys.exit('openvino' in sys.modules or 'rapidocr' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_tesseract_reads_whole_pages_where_the_model_that_finds_lines_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "tesseract"
    script.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "if sys.argv[1] == '--list-langs':\n"
        "    sys.exit(print('List:\\neng'))\n"
        "word = '|'.join(sys.argv[3:])\n"
        "box = 'bbox 0 0 9 9; x_wconf 9'\n"
        "print(f'<p><span class=ocr_line title={box!r}><span class=ocrx_word title={box!r}>{word}</span></span></p>')\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    def missing(_: Runtime) -> LineFinder:
        raise EngineMissing(engine="paddle", remedy="")

    monkeypatch.setattr(finding, "LineFinder", missing)
    engine = EngineChooser(None, threads=1).engine_for(ReadOptions(engine=EngineName.TESSERACT))
    pixels = np.full((9, 9), 255, np.uint8)
    assert engine.see(PixelPage(pixels), pixels, ReadOptions()).lines[0].words[0].text == "-l|eng|--psm|3|hocr|txt"


def test_weights_that_are_not_there_name_the_package() -> None:
    with pytest.raises(EngineMissing, match=r"rapidocr.*nothing\.onnx"):
        weights("nothing.onnx")


def test_the_probe_tells_what_is_missing_and_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    paddle, tesseract = probe()
    assert (paddle.name, paddle.available, paddle.remedy) == (EngineName.PADDLE, True, "")
    assert paddle.version
    assert (tesseract.name, tesseract.available, tesseract.version) == (EngineName.TESSERACT, False, None)
    assert "apt-get install tesseract-ocr" in tesseract.remedy
