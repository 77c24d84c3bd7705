"""System packages that Stele makes use of: installed where this user may install them, else named with what they cost.

None of them is needed to read Latin, Chinese or Japanese print; the demo runs without all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

#: program to look for → (Debian packages, what is missing without them)
WANTED = {
    "tesseract": (
        ("tesseract-ocr", "tesseract-ocr-osd", "tesseract-ocr-ara", "tesseract-ocr-rus"),
        "scripts that the default model lacks (Arabic, Hebrew, Cyrillic, Indic, Thai, …) cannot be read",
    ),
    "soffice": (
        (
            *(
                "libreoffice-writer-nogui",
                "libreoffice-calc-nogui",
                "libreoffice-impress-nogui",
                "libreoffice-math-nogui",
            ),
            *("fonts-liberation", "fonts-crosextra-carlito", "fonts-dejavu-core", "fonts-noto-cjk"),
        ),
        "office files (docx, xlsx, pptx, odt, rtf, html, …) cannot be read",
    ),
    "ddjvu": (("djvulibre-bin",), "DjVu files cannot be read"),
    "espeak-ng": (("espeak-ng",), "text is not turned into speech, which the Aspose dialect offers"),
    "bwrap": (("bubblewrap",), "LibreOffice, DjVuLibre and eSpeak NG run without a sandbox around them"),
    "chromium": (("chromium", "chromium-driver"), "the console's browser tests are skipped"),
    "curl": (("curl",), "the commands of docs/how-to are not tried"),
    "wrk": (("wrk",), "the load benchmark is skipped"),
}


def main() -> None:
    missing = {program: rest for program, rest in WANTED.items() if shutil.which(program) is None}
    if not missing:
        return
    packages = [package for names, _ in missing.values() for package in names]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing system packages:", *packages, file=sys.stderr)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet = {"env": environment, "stdout": subprocess.DEVNULL}
        if subprocess.run(["apt-get", "update"], check=False, **quiet).returncode == 0:
            subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *packages], check=False, **quiet)
        missing = {program: rest for program, rest in missing.items() if shutil.which(program) is None}
    for program, (names, cost) in missing.items():
        print(f"not installed: {program} ({cost}). On Debian: sudo apt-get install {' '.join(names)}", file=sys.stderr)


if __name__ == "__main__":
    main()
