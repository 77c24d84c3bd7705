"""Engines: what turns the pixels of one page into lines of words, behind the `Engine` seam.

`paddle/` is the default (PP-OCRv6 on OpenVINO), `tesseract.py` reads the scripts that it lacks, `null.py` is for tests.
`choosing.py` is the door: it picks by language and builds each engine once in the process that uses it. A new engine is
one more module here and one more case there.
"""
