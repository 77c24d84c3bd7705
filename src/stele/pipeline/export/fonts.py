"""The fonts of office formats: names of fonts that every edition of Office brings."""

from __future__ import annotations

LATIN = "Calibri"
COMPLEX = "Arial"
#: by BCP-47 code: the language as Office names it, and a font for it
_EAST_ASIAN = {
    "zh": ("zh-CN", "SimSun"),
    "zh-Hant": ("zh-TW", "PMingLiU"),
    "ja": ("ja-JP", "MS Mincho"),
    "ko": ("ko-KR", "Malgun Gothic"),
}


def east_asian(language: str | None) -> tuple[str, str]:
    """The language and the font of East Asian characters in a text in `language` (BCP-47)."""
    code = language or ""
    return next((_EAST_ASIAN[key] for key in (code, code.split("-")[0]) if key in _EAST_ASIAN), _EAST_ASIAN["zh"])


def is_east_asian(language: str | None) -> bool:
    return (language or "").split("-")[0] in _EAST_ASIAN
