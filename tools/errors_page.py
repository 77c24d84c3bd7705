"""Write docs/reference/errors.md from the error table. Run it after changing `stele.domain.errors`; a test compares."""

from __future__ import annotations

import inspect
from pathlib import Path

from stele.domain.errors import SteleError, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "errors.md"
HEAD = """# Errors

Every error has a code, the same in the API, on the command line and in results. *Retry* says whether the same call may
succeed later without any change. Made from the error table by `tools/errors_page.py`; a test compares.

| code | family | retry | message |
|---|---|---|---|
"""


def page() -> str:
    return HEAD + "".join(_row(error) for error in table())


def _row(error: type[SteleError]) -> str:
    family = next((base for base in error.__mro__ if SteleError in base.__bases__), SteleError)
    message = " ".join(inspect.cleandoc(error.__doc__ or "").split()).replace("|", "\\|")
    return f"| `{error.code}` | {family.__name__} | {'yes' if error.retryable else 'no'} | {message} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
