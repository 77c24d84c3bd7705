"""What is written in the lines to learn from: words of many languages, numbers, codes, and signs not to be read."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

import wordfreq

#: the characters that the network reads, besides the space
CHARACTERS = (
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    "¢£¥§©«®°±²³·»¿×÷"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ŒœŠšŽžŸĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĽľĻļŁłŃńŅņŇňŌōŐőŔŕŘřŚśŞşŢţŤťŪūŮůŰűŲųŹźŻżȘșȚț"
    "–—‘’“”†‡•…‰€™"
)
#: what every sign is labelled that is none of these
OTHER = "\ufffd"
#: the classes of the network in their order; the first is the blank of CTC
CLASSES = ("", *CHARACTERS, " ", OTHER)

_KNOWN = frozenset(CHARACTERS)

#: how often a line of words is in a language, by wordfreq's name of it
_LANGUAGES = {
    "en": 50,
    "fr": 7,
    "de": 8,
    "es": 7,
    "it": 4,
    "pt": 4,
    "nl": 3,
    "pl": 3,
    "sv": 2,
    "da": 1,
    "nb": 1,
    "fi": 2,
    "cs": 2,
    "hu": 2,
    "ro": 2,
    "tr": 2,
    "id": 1,
    "ms": 1,
    "lt": 1,
    "lv": 1,
    "sl": 1,
    "sk": 1,
    "sh": 1,
    "ca": 1,
    "is": 1,
}
_ENGLISH_WORDS, _OTHER_WORDS = 40_000, 15_000

_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIRST_MONTHS = ("January", "February", "March", "April", "June", "July")
_LAST_MONTHS = ("August", "September", "October", "November", "December")
_MONTHS = _SHORT_MONTHS + _FIRST_MONTHS + _LAST_MONTHS
_CURRENCIES = ("€", "EUR", "USD", "£", "kr", "zł", "RM", "GBP", "CHF")
_UNITS = ("°", "°C", "mm", "kg", "cm", "ml", " kW", "²", "³", "†", "*", "x", "×")
_REFERENCES = ("Fig.", "Table", "p.", "pp.", "vol.", "§", "Art.", "Tel.", "Fax:", "ID:", "Ref.")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XIV", "XX")
_CAPITALS, _CODE_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
#: some pairs stand here more than once: they are more frequent
_QUOTES = ('""', "''", "“”", "‘’", "()", "()", "()", "[]", "«»", "„“", "{}", "<>")
#: what stands before the first word of an item
_MARKS = ("•", "•", "-", "–", "*", "·", "1.", "2)", "(a)", "a)", "iv.", "(3)", "B.", "§")
_LONE_SIGNS = ("&", "-", "–", "—", "=", "+", "|", "•", "·", "@", "*", "§", "…")
#: what ends a word, each with the bound below which a number from 0 to 1 chooses it
_ENDINGS = ((0.10, ","), (0.16, "."), (0.18, ":"), (0.19, ";"))
_RARE_ENDINGS = ("?", "!", "...", ".,", ")", '"', "-", "—", "*")

#: Greek and Cyrillic letters in Unicode's order
_LETTERS = [
    *(chr(code) for code in range(0x391, 0x3CA) if code != 0x3A2),
    *(chr(code) for code in range(0x410, 0x450)),
    *"ЂЄІЇЙЎґљњџ",
]
#: letters that are drawn in one line: Greek, and the last of Greek with Cyrillic
_ALPHABETS = (_LETTERS[:49], _LETTERS[49:113])
_ASIAN = [
    *(chr(code) for code in range(0x4E00, 0x9FA0)),
    *(chr(code) for code in range(0x3041, 0x30FF)),
    *(chr(code) for code in range(0xAC00, 0xD7A0, 7)),
    *"、。「」（）：；！？",
]
_SIGNS = [*"←→↑↓√∑∫≈≠≤≥∞∂∆Ωµπαβγδ■□▪▫●○◆◇★☆✓✔✗♦♣♠♥☎☑☐☒◄►¶¬¦¼½¾⅓№℃ªº¹"]
#: what stands among Latin words; the few signs as often as the many of Asia
_STRANGERS = _ASIAN + _SIGNS * 40 + _LETTERS * 20

Recase = Callable[[str], str]


class Texts:
    """Texts of lines, by the numbers of `draws`."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws
        self._words = {language: _words(language) for language in _LANGUAGES}

    def line(self, most: int) -> str:
        """A text of at most `most` characters, in Unicode's composed form (NFC)."""
        draws = self._draws
        size = draws.randint(3, most) if draws.random() < 0.85 else draws.randint(1, 6)
        kind = draws.random()
        if kind < 0.62:
            text = self._prose(size)
        elif kind < 0.82:
            text = self._fields(size)
        elif kind < 0.90:
            text = self._jumble(min(size, 30))
        else:
            text = self._foreign(size)
        if draws.random() < 0.04:
            text = f"{draws.choice(_MARKS)} {text}"
        if len(text) > most:
            text = text[:most].rstrip()
        return unicodedata.normalize("NFC", text)

    def _prose(self, size: int) -> str:
        """Words of one language, with what stands between words in documents."""
        draws = self._draws
        language = draws.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        kind = draws.random()
        recase = _upper if kind < 0.16 else _title if kind < 0.26 else self._mixed
        words: list[str] = []
        length = 0
        while length < size:
            word = self._varied(recase(self._word(language)), language, recase) + self._ending()
            words.append(word)
            length += len(word) + 1
        return " ".join(words)

    def _varied(self, word: str, language: str, recase: Recase) -> str:
        """Mostly the word itself; at times quoted, compounded, or something else in its place."""
        draws = self._draws
        kind = draws.random()
        if kind < 0.05:
            word = draws.choice([self._date, self._amount, self._code])()
        elif kind < 0.08:
            pair = draws.choice(_QUOTES)
            word = pair[0] + word + pair[1]
        elif kind < 0.11:
            word = word + "-" + recase(self._word(language))
        elif kind < 0.12:
            word = word + "/" + recase(self._word(language))
        elif kind < 0.13:
            word = word + draws.choice(["'s", "’s", "’", "'"])
        elif kind < 0.135:
            word = draws.choice(_LONE_SIGNS)
        elif kind < 0.15:
            word = self._name()
        return word

    def _ending(self) -> str:
        kind = self._draws.random()
        for bound, mark in _ENDINGS:
            if kind < bound:
                return mark
        return self._draws.choice(_RARE_ENDINGS) if kind < 0.20 else ""

    def _fields(self, size: int) -> str:
        """What stands in forms and tables: dates, amounts and codes, some after their names."""
        draws = self._draws
        fields: list[str] = []
        length = 0
        while length < size:
            field = draws.choice([self._date, self._amount, self._amount, self._code, self._code])()
            if draws.random() < 0.3:
                field = _title(self._word("en")) + ":" + (" " if draws.random() < 0.8 else "") + field
            fields.append(field)
            length += len(field) + 1
        return " ".join(fields)

    def _jumble(self, size: int) -> str:
        """All characters alike often, so that the rare ones are learned too."""
        draws = self._draws
        text = "".join(draws.choice(CHARACTERS) if draws.random() > 0.14 else " " for _ in range(size))
        return re.sub(" +", " ", text).strip() or "a"

    def _foreign(self, size: int) -> str:
        """Signs that are not to be read, alone or among words."""
        draws = self._draws
        kind = draws.random()
        if kind < 0.35:
            return "".join(draws.choice(_ASIAN) for _ in range(max(2, size // 2)))
        if kind < 0.65:
            letters = draws.choice(_ALPHABETS)
            return " ".join(
                "".join(draws.choice(letters) for _ in range(draws.randint(2, 9))) for _ in range(max(1, size // 6))
            )
        words = self._prose(size).split(" ")
        for _ in range(draws.randint(1, 2)):
            place = draws.randrange(len(words))
            words[place] = "".join(draws.choice(_STRANGERS) for _ in range(draws.randint(1, 3)))
        return " ".join(words)

    def _word(self, language: str) -> str:
        """A word: of three, nearly two are from the frequent ones."""
        words, place = self._words[language], self._draws.random()
        if self._draws.random() < 0.6:
            return words[int(len(words) * place**3)]
        return words[self._draws.randrange(len(words))]

    def _mixed(self, word: str) -> str:
        kind = self._draws.random()
        return _title(word) if kind < 0.12 else _upper(word) if kind < 0.14 else word

    def _date(self) -> str:
        number = self._draws.randint
        day, month, year = number(1, 31), number(1, 12), number(1900, 2035)
        name = self._draws.choice(_MONTHS)
        return self._draws.choice(
            [
                f"{day}/{month}/{year}",
                f"{month:02}/{day:02}/{year % 100:02}",
                f"{day:02}.{month:02}.{year}",
                f"{year}-{month:02}-{day:02}",
                f"{name} {day}, {year}",
                f"{day} {name} {year}",
                f"{day}-{name[:3].upper()}-{year % 100:02}",
                f"{number(0, 23)}:{number(0, 59):02}",
                f"{number(1, 12)}:{number(0, 59):02} " + self._draws.choice(["AM", "PM", "am", "pm", "a.m.", "p.m."]),
                f"{year}–{year + number(1, 9)}",
                f"{day:02}/{month:02}/{year} {number(0, 23):02}:{number(0, 59):02}:{number(0, 59):02}",
            ]
        )

    def _amount(self) -> str:
        """A number, mostly with what says of what: a currency, a share, a sign or a unit."""
        draws = self._draws
        value = draws.choice(
            [draws.uniform(0, 10), draws.uniform(0, 1000), draws.uniform(0, 1e6), draws.uniform(0, 1e8)]
        )
        english = f"{value:,.2f}"
        shown = draws.choice(
            [
                english,
                f"{value:.2f}",
                f"{int(value)}",
                f"{int(value):,}",
                f"{value:.1f}",
                english.translate(str.maketrans(",.", " ,")),
                english.translate(str.maketrans(",.", ".,")),
            ]
        )
        kind, currency = draws.random(), draws.choice("$€£$$")
        if kind < 0.25:
            shown = currency + shown
        elif kind < 0.32:
            shown = shown + " " + draws.choice(_CURRENCIES)
        elif kind < 0.42:
            shown = shown + "%"
        elif kind < 0.47:
            shown = "(" + shown + ")"
        elif kind < 0.52:
            shown = draws.choice("-+–±<>~=") + shown
        elif kind < 0.56:
            shown = shown + draws.choice(_UNITS)
        return shown

    def _code(self) -> str:
        """Numbers of things, addresses, references and names as programs have them."""
        number, choice = self._draws.randint, self._draws.choice
        digits = self._signs("0123456789", 2, 12)
        capitals = self._signs(_CAPITALS, 1, 5)
        word = self._word("en")
        return choice(
            [
                digits,
                capitals + digits,
                capitals + "-" + digits,
                digits + "-" + digits[:4],
                capitals + " " + digits,
                f"#{digits}",
                f"No. {digits}",
                f"({digits[:3]}) {number(100, 999)}-{number(1000, 9999)}",
                f"+{number(1, 99)} {digits[:3]} {digits[3:9]}",
                f"{word}@{self._word('en')}.{choice(['com', 'org', 'net', 'de', 'fr', 'co.uk'])}",
                f"www.{word}.{choice(['com', 'org', 'gov'])}/{self._word('en')}",
                f"https://{word}.{choice(['com', 'org'])}",
                f"{capitals}/{digits}",
                f"{digits[:2]}.{digits[2:5]}",
                f"{number(1, 20)}.{number(1, 9)}",
                f"{number(1, 20)}.{number(1, 9)}.{number(1, 9)}",
                f"[{number(1, 99)}]",
                f"({choice('abcdefghijklmnivx')})",
                f"{choice(_REFERENCES)} {number(1, 200)}",
                capitals + word,
                f"{word}_{self._word('en')}",
                f"{word}={digits[:3]};",
                f"{word}({self._word('en')})",
                self._signs("0123456789ABCDEF", 4, 16),
                self._signs(_CODE_SIGNS, 4, 14),
                f"{choice(_ROMAN)}.",
                f"{number(1, 9)}/{number(1, 99)}",
            ]
        )

    def _name(self) -> str:
        """A person's, with initials."""
        draws = self._draws
        initials = [draws.choice(_CAPITALS) + "." for _ in range(draws.randint(1, 2))]
        surname = _title(self._word("en"))
        joined = draws.choice(["", " "]).join(initials)
        return draws.choice(
            [f"{joined} {surname}", f"{surname}, {joined}", f"{_title(self._word('en'))} {initials[0]} {surname}"]
        )

    def _signs(self, signs: str, least: int, most: int) -> str:
        return "".join(self._draws.choice(signs) for _ in range(self._draws.randint(least, most)))


def _words(language: str) -> list[str]:
    """The most frequent words of a language that have only known characters, the most frequent first."""
    count = _ENGLISH_WORDS if language == "en" else _OTHER_WORDS
    return [word for word in wordfreq.top_n_list(language, count) if _KNOWN.issuperset(word)]


def _upper(word: str) -> str:
    capitals = word.upper()
    return capitals if _KNOWN.issuperset(capitals) else word


def _title(word: str) -> str:
    initial = word[:1].upper()
    return initial + word[1:] if initial in _KNOWN else word
