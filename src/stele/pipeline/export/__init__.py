"""Exports: the canonical document as txt, json, md, hOCR, ALTO and searchable PDF.

Each is a pure function of the pages (the PDF also of the original file). `exporting.write` is the door: it streams, so
that memory does not grow with the number of pages. Add a format by adding a module and naming it in `exporting.py`.
"""
