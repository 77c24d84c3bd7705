"""Writes how often the words of the languages in Latin letters are used, for `paddle/wordlists.py`.

The frequencies are those of wordfreq (Speer, 2022; its data is under CC BY-SA 4.0, and so is the table that this
writes). In an environment of its own:

    pip install -r tools/plain_print/requirements.txt
    python tools/word_lists.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import wordfreq

FILE = Path(__file__).parents[1] / "src/stele/pipeline/reading/engines/paddle/wordlists.npz"
#: the most frequent words that are kept of a language, and of one in which most documents are
WORDS, MOST_WORDS = 50_000, 100_000
#: wordfreq's names, which are those of BCP-47; "sh" is Croatian, Bosnian and Serbian
LANGUAGES = (
    "en", "ca", "cs", "da", "de", "es", "fi", "fr", "hu", "id", "is", "it", "lt", "lv", "ms", "nb", "nl", "pl", "pt",
    "ro", "sh", "sk", "sl", "sv", "tr",
)  # fmt: skip
#: levels of the table for a factor of ten in frequency
LEVELS = 16


def main() -> None:
    table: dict[str, np.ndarray] = {}
    for language in LANGUAGES:
        listed = wordfreq.top_n_list(language, MOST_WORDS if language == "en" else WORDS)
        # In order, what neighbours have in common is packed away.
        words = sorted(word for word in listed if len(word) > 1 and word.isalpha())
        levels = [round(LEVELS * wordfreq.zipf_frequency(word, language)) for word in words]
        text = np.frombuffer("\n".join(words).encode(), np.uint8)
        table |= {f"{language}_words": text, f"{language}_levels": np.array(levels, np.uint8)}
        print(language, len(words))
    np.savez_compressed(FILE, allow_pickle=False, **table)


if __name__ == "__main__":
    main()
