"""Logging for the processes of a server: structlog, to stderr, as text or JSON lines.

Tracebacks are plain: values of variables are never logged, because they may be passwords or a document's text.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str, form: str) -> None:
    """`level` is debug, info, warning or error; `form` is text or json. Call it once a process."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
