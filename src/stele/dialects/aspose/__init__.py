"""Aspose.OCR Cloud v5: submit an image as base64 in JSON, get an id, ask for the results with it.

Everything of the dialect is here: its paths and words, its tokens, its errors. A job is an ordinary job; what Aspose
calls results is rendered when they are asked for, or by workers where that is work.
"""
