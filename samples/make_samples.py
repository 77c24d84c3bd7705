"""Make the sample documents, and beside each the exact text that was typed on it.

    python samples/make_samples.py --cjk-font /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The samples are committed, so this runs only when they are to change. Everything is seeded: the same versions of the
libraries give the same bytes. The Chinese notice needs an openly licensed CJK font (Debian: fonts-noto-cjk).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from making import correspondence, prints
from making.notice import notice
from making.report import report
from making.sheet import register_fonts
from making.wear import fax, jpeg, png, rendered, scan_pdf, worn

HERE = Path(__file__).parent
DPI = 200


def letter() -> tuple[bytes, str]:
    pdf, text = correspondence.letter()
    (page,) = rendered(pdf, dpi=DPI)
    return scan_pdf(worn(page, seed=1, blur=0.6, noise=2.5), dpi=DPI, quality=60), text


def invoice() -> tuple[bytes, str]:
    pdf, text = correspondence.invoice()
    (page,) = rendered(pdf, dpi=DPI)
    return png(page, dpi=DPI), text


def form() -> tuple[bytes, str]:
    pdf, text = correspondence.form()
    (page,) = rendered(pdf, dpi=DPI)
    return jpeg(worn(page, seed=3, skew=0.3, blur=0.5, noise=2.0), dpi=DPI, quality=65), text


def article() -> tuple[bytes, str]:
    pdf, text = prints.article()
    (page,) = rendered(pdf, dpi=DPI)
    scan = worn(page, seed=4, skew=-1.4, blur=0.8, noise=9.0, shade=28)
    return jpeg(scan, dpi=DPI, quality=45), text


def timetable() -> tuple[bytes, str]:
    pdf, text = prints.timetable()
    (page,) = rendered(pdf, dpi=DPI)
    scan = worn(page, seed=5, blur=0.6, noise=3.0)
    return jpeg(np.ascontiguousarray(np.rot90(scan)), dpi=DPI, quality=60), text


def minutes() -> tuple[bytes, str]:
    pdf, text = prints.minutes()
    return fax(rendered(pdf, dpi=DPI), dpi=DPI), text


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample documents.")
    parser.add_argument("--cjk-font", type=Path, required=True, help="an OpenType font with Chinese")
    font: Path = parser.parse_args().cjk_font
    register_fonts()

    sheet, zh_en = notice(font)
    samples = {
        "letter.pdf": letter(),
        "invoice.png": invoice(),
        "form.jpg": form(),
        "article.jpg": article(),
        "sideways.jpg": timetable(),
        "report.pdf": report(),
        "minutes.tif": minutes(),
        "notice-zh-en.png": (png(np.asarray(sheet), dpi=DPI), zh_en),
    }
    for name, (data, text) in samples.items():
        (HERE / name).write_bytes(data)
        expected = HERE / "expected" / f"{Path(name).stem}.txt"
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(text, encoding="utf-8")
        print(f"{name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
