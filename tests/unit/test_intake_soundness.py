"""What looks like words: languages of many scripts do, failed recognition does not."""

from __future__ import annotations

import re

import pytest

from stele.pipeline.intake.soundness import is_gibberish, loose_letters, plausibility, run_together


@pytest.mark.parametrize(
    "text",
    [
        "It was a bright cold day in April, and the clocks didn't strike thirteen (McDonald's mail: a.b@example.org).",
        "Der Angstschweiß stand ihm auf der Stirn, als der Donaudampfschifffahrtskapitän 1.234,50 € verlangte.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy, protože nikdo nepřišel včas domů a prst mu uvázl ve dveřích.",
        "Zażółć gęślą jaźń, chrząszcz brzmi w trzcinie w Szczebrzeszynie od rana do wieczora.",
        "Съешь же ещё этих мягких французских булок да выпей чаю, сказал он на прощание.",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, είπε ο γέρος και έφυγε αμέσως για το χωριό.",
        "איך בלש תפס גמל רץ קצת ביקור על דעת שכן טוב מאוד היה הדבר",
        "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق",
        "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले",
        "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
        "我能吞下玻璃而不伤身体。使用API接口时，请注意A4纸张的大小，并参考第3章的说明。",
        "いろはにほへと ちりぬるを わかよたれそ つねならむ うゐのおくやま けふこえて",
        "다람쥐 헌 쳇바퀴에 타고파 키스의 고유조건은 입술끼리 만나야 하고",
        "ISO 9001:2015 – NATO, UNESCO & the EU signed form B12a on the 3rd of May; see pages 14–17, ref. 2nd COVID19.",
    ],
)
def test_languages_look_like_words(text: str) -> None:
    share = plausibility(text.split())
    assert share is not None
    assert share > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "poyUTy] 0uapuadap pue uoneoo] JayjO uo Aq passed sem 1 JeY} PSIPUE}S19pUN SI yI “SUBUINDIID",
        "xJ w~kd fh|nn gb{l_ qzz vbnm trt wrds nthng bt cnsnnts nd sgns hr x^y lk}pp mnb<v fgh>jk",
        "Wklv lv d whvw ri wkh hqfrglqj zklfk kdv ehhq vkliwhg eb wkuhh srvlwlrqv lq wkh doskdehw",
        "тhе mіхtuге оf ѕсrірtѕ іnѕіdе wогdѕ nевег оссuгѕ іn геаl lаnguаgеѕ аt аll",
    ],
)
def test_failures_do_not(text: str) -> None:
    share = plausibility(text.split())
    assert share is not None
    assert share < 0.85


def test_too_little_says_nothing() -> None:
    assert plausibility([]) is None
    assert plausibility(["12", "345.60", "7 %", "***", "A4"] * 10) is None
    assert plausibility(["few", "words"]) is None
    assert loose_letters([["a", "b", "c"]]) is None


def test_loose_letters_stand_in_rows() -> None:
    words = [["several", "words", "make", "up", "a", "line"]] * 5
    assert loose_letters(words) == 0
    assert loose_letters([list("falling"), list("apart"), *words]) == pytest.approx(12 / 42)
    assert loose_letters([["a"], ["b"], ["c"]] * 10) == 0  # a chart
    assert loose_letters([list("我能吞下玻璃而不伤身体")] * 5) is None


RIVER = (
    "The river had been low all summer and the ferrymen spent their days mending nets beside the landing. Nobody "
    "crossed who did not have to, and those who did paid little for it. When the first rain came at last the water "
    "rose within a single night, brown and loud."
)


@pytest.mark.parametrize("shift", [1, 3, 7, 13])
def test_letters_that_are_mapped_to_others_spell_no_language(shift: int) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    shifted = RIVER.lower().translate(str.maketrans(letters, letters[shift:] + letters[:shift]))
    assert is_gibberish(re.findall(r"\w+", shifted))


def test_text_is_no_gibberish_nor_is_what_is_too_short_to_tell() -> None:
    assert not is_gibberish(RIVER.split())
    assert not is_gibberish(["Uif", "sjwfs", "ibe", "cffo", "mpx"])
    german = "Der Angstschweiß stand ihm auf der Stirn und der Kapitän verlangte zu viel"
    assert not is_gibberish(german.split() * 3)


def test_words_without_spaces_are_longer_than_words() -> None:
    assert run_together(["Theriverhadbeenlowallsummerandtheferrymen", "spent"]) > 0.8
    assert run_together(RIVER.split()) == 0
    assert (
        run_together(["Donaudampfschifffahrtskapitän", "hieß", "er", "und", "fuhr", "auf", "dem", "großen", "Strom"])
        < 0.5
    )
    assert run_together([]) == 0
