"""The language table against the model's own dictionary, and what is guessed from text."""

from __future__ import annotations

from importlib.resources import files

import pytest

from stele.domain.errors import UnknownLanguage
from stele.domain.job import EngineName
from stele.domain.language_names import ASPOSE, PICWISH
from stele.domain.languages import (
    LANGUAGES,
    engine_for_languages,
    normalise,
    tesseract_packs,
)
from stele.pipeline.reading.detecting import detect

#: letters beyond a to z of the languages that the default model is said to read (others of the Latin script use these)
LETTERS = {
    "af": "êëéèîïôûü", "az": "çəğıİöşü", "bs": "čćđšž", "ca": "àçéèíïóòúü·", "cs": "áčďéěíňóřšťúůýž", "cy": "âêîôûŵŷ",
    "da": "æøå", "de": "äöüß", "eo": "ĉĝĥĵŝŭ", "es": "áéíñóúü", "et": "äõöüšž", "fi": "äöå", "fo": "áðíóúýæø",
    "fr": "àâæçéèêëîïôœùûüÿ«»", "ga": "áéíóú", "gd": "àèìòù", "ha": "ɓɗƙƴ", "hr": "čćđšž", "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö", "it": "àèéìòù", "kmr": "çêîşû", "lb": "äéëôûü", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž",
    "mi": "āēīōū", "mt": "ċġħż", "nl": "éëïĳ", "no": "æøå", "oc": "áàçéèíïóòúü", "pl": "ąćęłńóśźż",
    "pt": "ãâáàçéêíõôóú",
    "ro": "ăâîșşțţ", "sk": "áäčďéíĺľňóôŕšťúýž", "sl": "čšž", "sq": "çë", "sr-Latn": "čćđšž", "sv": "åäö",
    "tr": "çğıİöşü",
    "zh-Hans": "这国们来时对会说学发经长东见车马门问间关开书买卖电话语请让认识边还进远过钱银铁样业务产应该",
    "zh-Hant": "這國們來時對會說學發經長東見車馬門問間關開書買賣電話語請讓認識邊還進遠過錢銀鐵樣業務產應該",
    "ja": "あいうえおかがきぎくぐけげこごアイウエオカガキギクグケゲコゴ々一漢字仮名交じり文働込峠辻",
}  # fmt: skip
NOT_COVERED = {
    "vi": "ạảấầế",
    "yo": "ẹọṣ",
    "el": "άέήίόύώς",
    "ru": "абв",
    "ar": "ابت",
    "he": "אבג",
    "ko": "가나다",
    "th": "กขค",
}


@pytest.fixture(scope="module")
def dictionary() -> set[str]:
    """The characters that the default model can write."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime to look into the model's metadata")
    model = files("rapidocr").joinpath("models/PP-OCRv6_rec_small.onnx")
    metadata = onnxruntime.InferenceSession(str(model)).get_modelmeta().custom_metadata_map
    return set(metadata["character"].splitlines())


def test_what_the_default_model_is_said_to_read_it_can_write(dictionary: set[str]) -> None:
    for code, letters in LETTERS.items():
        assert normalise(code).engine is EngineName.PADDLE, code
        upper = {letter.upper() for letter in letters if len(letter.upper()) == 1}
        assert not {*letters, *upper, *"abcdefghijklmnopqrstuvwxyz"} - dictionary, code


def test_what_it_cannot_write_is_for_tesseract(dictionary: set[str]) -> None:
    for code, letters in NOT_COVERED.items():
        assert normalise(code).engine is EngineName.TESSERACT, code
        assert {*letters} - dictionary, code


def test_the_table_is_whole() -> None:
    assert len(LANGUAGES) > 125
    for code, language in LANGUAGES.items():
        assert normalise(code) is language
        assert normalise(code.upper()) is language
        assert language.name and len(language.script) == 4 and language.pack
        assert language.package.startswith("tesseract-ocr-") and "_" not in language.package
    packs = [language.pack for language in LANGUAGES.values() if "/" not in language.pack]
    assert len(packs) == len(set(packs))


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("en-US", "en"),
        ("EN", "en"),
        ("deu", "de"),
        ("de_AT", "de"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("chi_tra", "zh-Hant"),
        ("sr-Latn-RS", "sr-Latn"),
        ("nb-NO", "no"),
        ("iw", "he"),
    ],
)
def test_spellings_of_a_language(spelling: str, code: str) -> None:
    assert normalise(spelling).code == code


#: every code that Cloud Vision takes as a hint
GOOGLE = """
af sq ar hy be bn bg ca zh hr cs da nl en et fil fi fr de el gu iw hi hu is id it ja kn km ko lo lv lt mk ms ml mr
ne no fa pl pt pa ro ru ru-PETR1708 sr sr-Latn sk sl es sv tl ta te th tr uk vi yi am grc as az az-Cyrl eu bs my ceb
chr dv dz eo gl ka ht ga jv kk ky la mt mn or ps sa si sw syr bo ti ur uz uz-Cyrl cy zu ace ach ada ak alg arn ast
ath ay ban bm bnt ba btk bem bik bi br ce zh-Hans zh-Hant zh-Hant-HK cho cv cr mus crh dak dua efi en-GB ee fo fj
fon fr-CA ff gaa lg gay gil got gn ha haw hz hil iba ig ilo kab kac kl kam kr kaa kha ki rw kv kg kos kj ln nds loz
lu luo mad mg man gv mi mh men enm gmh min moh lol nah nv ng niu nd nso ny nyn tog nzi oc oj ang fro goh non pro os
pam pag pap pt-PT qu rm rom rn sah sm sg sco gd sn son st es-419 su ss ty tg tt tem to ts tn tk udm ve vot fy wo xh
yo zap
"""


def test_every_hint_of_google_is_a_language() -> None:
    for code in [*GOOGLE.split(), "he", "tl", "en-t-i0-handwrit"]:
        assert normalise(code), code


def test_every_name_of_aspose_and_picwish_is_a_language() -> None:
    assert len(ASPOSE) == 154 and len({name.lower() for name in ASPOSE}) == 154
    assert len(PICWISH) == 194
    for names in (ASPOSE, PICWISH):
        for name, code in names.items():
            assert normalise(code).code == code, name
    assert ASPOSE["Ukrainan"] == PICWISH["Ukrainian"] == "uk"
    assert ASPOSE["Chinese"] == PICWISH["ChinesePRC"] == "zh-Hans"


@pytest.mark.parametrize("code", ["", "xx", "english", "x-klingon"])
def test_an_unknown_language_is_an_error_that_says_what_to_write(code: str) -> None:
    with pytest.raises(UnknownLanguage, match="BCP-47"):
        normalise(code)


def test_languages_pick_the_engine_that_reads_all_of_them() -> None:
    assert engine_for_languages(()) is EngineName.PADDLE
    assert engine_for_languages(("en", "zh-Hans", "ja")) is EngineName.PADDLE
    assert engine_for_languages(("en", "ar")) is EngineName.TESSERACT
    assert tesseract_packs(("ar", "en", "en-GB")) == ("ara", "eng")
    assert tesseract_packs(("he", "zu")) == ("heb", "script/Latin")


SENTENCES = {
    "en": "The letter was written by hand and it is not known to whom it was sent.",
    "de": "Der Brief wurde von Hand geschrieben und es ist nicht bekannt, an wen er ging.",
    "fr": "La lettre est écrite à la main et on ne sait pas à qui elle était destinée.",
    "es": "La carta fue escrita a mano y no se sabe para quién era ni por qué se envió.",
    "it": "La lettera è scritta a mano e non si sa a chi era destinata o perché.",
    "nl": "De brief is met de hand geschreven en het is niet bekend aan wie hij is gestuurd.",
    "da": "Brevet er skrevet i hånden, og man ved ikke, hvem det blev sendt til.",
    "fi": "Kirje on kirjoitettu käsin, eikä tiedetä, kenelle se on lähetetty.",
    "tr": "Mektup elle yazılmış ve kime gönderildiği bilinmiyor.",
    "hu": "A levelet kézzel írták, és nem tudni, kinek küldték el.",
    "cs": "Dopis je psán rukou a neví se, komu byl poslán a proč vznikl.",
    "vi": "Bức thư được viết bằng tay và người ta không biết nó được gửi cho ai.",
    "hi": "यह पत्र हाथ से लिखा गया है और पता नहीं कि यह किसे भेजा गया था।",
    "pl": "List jest napisany ręcznie i nie wiadomo, do kogo był wysłany ani po co.",
    "sv": "Brevet är skrivet för hand och man vet inte till vem det var eller vad som hände.",
    "ru": "Письмо написано от руки, и мы не знаем, кому это было отправлено.",
    "uk": "Лист написаний від руки, і невідомо, кому його надіслали.",
    "el": "Το γράμμα είναι γραμμένο με το χέρι.",
    "ar": "الرسالة مكتوبة بخط اليد ولا نعرف لمن أرسلت",
    "fa": "این نامه با دست نوشته شده و چیزی از گیرنده‌ی آن نمی‌دانیم",
    "he": "המכתב נכתב ביד ולא ידוע למי נשלח",
    "ja": "この手紙は手で書かれていて、誰に送られたかは分からない。",
    "zh-Hans": "这封信是手写的，我们不知道它是写给谁的。",
    "zh-Hant": "這封信是手寫的，我們不知道它是寫給誰的。",
    "ko": "이 편지는 손으로 쓴 것이다",
    "th": "จดหมายนี้เขียนด้วยมือ",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert detect(SENTENCES[code]).languages[0].code == code


def test_what_is_not_clear_stays_open() -> None:
    assert [language.code for language in detect("Müller GmbH 12.50 EUR Total").languages] == ["und-Latn"]
    assert detect("12.50 ---").languages == ()
    assert detect("").languages == ()


def test_shares_add_up_and_words_of_another_script_say_so() -> None:
    found = detect(" ".join(SENTENCES[code] for code in ("zh-Hans", "zh-Hans", "en")))
    assert {language.code for language in found.languages} == {"zh-Hans", "en"}
    assert sum(language.confidence for language in found.languages) == pytest.approx(1, abs=0.01)
    main = found.languages[0].code
    other = {"en": "信", "zh-Hans": "letter"}[main]
    same = {"en": "letter", "zh-Hans": "信"}[main]
    assert found.of_words([other, same, "12.50"]) == [({"en", "zh-Hans"} - {main}).pop(), None, None]


def test_two_languages_of_one_script_are_both_named() -> None:
    found = detect(" ".join(SENTENCES[code] for code in ("en", "de", "de", "en")))
    assert {language.code for language in found.languages} == {"en", "de"}


def test_blocks_of_another_language_say_so() -> None:
    found = detect(" ".join([*[SENTENCES["de"]] * 4, *[SENTENCES["en"]] * 2]))
    assert set(found.of_words(SENTENCES["en"].split())) == {"en"}
    assert set(found.of_words(SENTENCES["de"].split())) == {None}
    assert found.of_words(["Item", "12"]) == [None, None]  # too short to tell


@pytest.mark.parametrize("text", ["\ud800 half a character", "bell \x07 and \ufffe nothing", "a" * 40, "\x00" * 40])
def test_what_is_no_text_is_survived(text: str) -> None:
    detect(text)


def test_languages_that_are_given_are_not_guessed() -> None:
    assert detect("Müller GmbH Summe", ("de",)).languages[0].code == "de"
    assert detect(SENTENCES["ru"], ("bg", "en")).languages[0].code == "bg"
