"""Stele: one engine that reads documents asynchronously and answers in the dialects of several cloud services."""

__version__ = "0.1.0"
