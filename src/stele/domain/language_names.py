"""The names that dialects have for languages, each with the code of the language table.

What is spoken differently and written alike has the code of what it is written in: the Chinese languages, all of
Devanagari.
"""

from __future__ import annotations

_ASPOSE = """
English en, German de, French fr, Italian it, Spanish es, Portuguese pt, Polish pl, Slovene sl, Slovak sk,
Netherlands nl, Lithuanian lt, Latvian lv, Danish da, Norwegian no, Finnish fi, Serbian sr, Croatian hr, Czech cs,
Swedish sv, Estonian et, Romanian ro, Chinese zh-Hans, Russian ru, Arabic ar, Hindi hi, Ukrainan uk, Bengali bn,
Tibetan bo, Thai th, Urdu ur, Turkish tr, Korean ko, Indonesian id, Hebrew he, Javanese jv, Greek el, Japanese ja,
Persian fa, Albanian sq, Latin la, Vietnamese vi, Uzbek uz, Georgian ka, Bulgarian bg, Azerbaijani az, Kazah kk,
Macedonian mk, Belorussian be, Malay ms, Hausa ha, Sundanese su, Swahili sw, Tagalog fil, Yoruba yo, Oromo om,
Cebuano ceb, Dutch nl, Kurdish kmr, Serbo_Croatian sh, Malagasy mg, Zhuang za, Turkmen tk, Somali so, Hungarian hu,
Chichewa ny, Rwanda rw, Min_Bei zh-Hans, Zulu zu, Ilocano ilo, Min_Dong zh-Hans, Quechua qu, Hiligaynon hil,
Hmong hmn, Shona sn, Xhosa xh, Betawi bew, Catalan ca, Afrikaans af, Minangkabau min, Sotho_Southern st, Bikol bik,
Makua vmw, Kanuri kr, Tswana tn, Kikongo kg, Luo luo, Sukuma suk, Tsonga ts, Bosnian bs, Bemba bem, Nandi niq,
Palembang plm, Umbundu umb, Sotho_Northern nso, Waray_Waray war, Lamani lmn, Low_German nds, Gilaki glk, Musi mui,
HWT_ENG en, Pu_Xian zh-Hans, Kapampangan pam, Bouyei pcc, Galician gl, Ndebele nd, Yao yao, Sasak sas, Swati ss,
Gusii guz, Meru mer, Wolaytta wal, Dong doc, Pangasinan pag, Dimli diq, Makassar mak, Tumbuka tum, Serer_Sine srr,
Occitan oc, Tonga toi, Muong mtq, Kiche quc, Luguru ruf, Wu zh-Hans, Cantonese zh-Hant, Min_Nan zh-Hant,
Xiang zh-Hans, Hakka zh-Hant, Gan zh-Hans, Chechen ce, Kabardian kbd, Marathi mr, Bhojpuri bho, Maithili mai,
Awadhi awa, Nepali ne, Marwari mwr, Magahi mag, Haryanvi bgc, Chattisgarhi hne, Dhundari dhd, Konkani kok,
Kanauji bjj, Mewati wtm, Rajbanshi rjs, Garhwali gbm, Kumauni kfy, Wagdi wbr, Malvi mup, Mewari mtr, Uyghur ug,
Telugu te, Kannada kn, Tamil ta, Devanagari hi
"""

_PICWISH = """
Abkhaz ab, Adyghe ady, Afrikaans af, Agul agx, Albanian sq, Altaic alt, Arabic ar, ArmenianEastern hy,
ArmenianGrabar hy, ArmenianWestern hy, Awar av, Aymara ay, AzeriCyrillic az-Cyrl, AzeriLatin az, Bashkir ba,
Basque eu, Belarusian be, Bemba bem, Blackfoot bla, Breton br, Bugotu bgt, Bulgarian bg, Burmese my, Buryat bua,
Catalan ca, Chamorro ch, Chechen ce, ChinesePRC zh-Hans, ChineseTaiwan zh-Hant, Chukcha ckt, Chuvash cv, Corsican co,
CrimeanTatar crh, Croatian hr, Crow cro, Czech cs, Danish da, Dargwa dar, Dungan dng, Dutch nl, DutchBelgian nl,
English en, EskimoCyrillic ess, EskimoLatin kl, Esperanto eo, Estonian et, Even eve, Evenki evn, Faeroese fo,
Farsi fa, Fijian fj, Finnish fi, French fr, Frisian fy, Friulian fur, GaelicScottish gd, Gagauz gag, Galician gl,
Ganda lg, Georgian ka, German de, GermanLuxembourg lb, GermanNewSpelling de, Greek el, Guarani gn, Hani zh-Hans,
Hausa ha, Hawaiian haw, Hebrew he, Hungarian hu, Icelandic is, Ido io, Indonesian id, Ingush inh, Interlingua ia,
Irish ga, Italian it, Japanese ja, Kabardian kbd, Kalmyk xal, KarachayBalkar krc, Karakalpak kaa, Kasub csb, Kawa wbm,
Kazakh kk, Khakas kjh, Khanty kca, Kikuyu ki, Kirgiz ky, Kongo kg, Korean ko, Koryak kpy, Kpelle kpe, Kumyk kum,
Kurdish kmr, Lak lbe, Lappish se, Latin la, Latvian lv, LatvianGothic lv, Lezgin lez, Lithuanian lt, Luba lua,
Macedonian mk, Malagasy mg, Malay ms, Malinke man, Maltese mt, Mansi mns, Maori mi, Mari chm, Maya myn, Miao hmn,
Minankabaw min, Mohawk moh, Mongol mn, Mordvin myv, Nahuatl nah, Nenets yrk, Nivkh niv, Nogay nog, Norwegian no,
NorwegianBokmal no, NorwegianNynorsk no, Nyanja ny, Occidental ie, Ojibway oj, OldEnglish ang, OldFrench fro,
OldGerman goh, OldItalian it-x-old, OldSpanish es-x-old, Ossetic os, Papiamento pap, PidginEnglish tpi, Polish pl,
Portuguese pt, PortugueseBrazilian pt, PortugueseStandard pt, Provencal pro, Quechua qu, RhaetoRomanic rm,
Romanian ro, RomanianMoldavia ro, Romany rom, Ruanda rw, Rundi rn, Russian ru, RussianOldSpelling ru, Samoan sm,
Selkup sel, SerbianCyrillic sr, SerbianLatin sr-Latn, Shona sn, Sioux dak, Slovak sk, Slovenian sl, Somali so,
Sorbian wen, Sotho st, Spanish es, Sunda su, Swahili sw, Swazi ss, Swedish sv, Tabassaran tab, Tagalog fil,
Tahitian ty, Tajik tg, Tatar tt, Thai th, Tinpo kac, Tongan to, Tswana tn, Tun tug, Turkish tr, Turkmen tk-Cyrl,
TurkmenLatin tk, Tuvin tyv, Udmurt udm, UighurCyrillic ug-Cyrl, UighurLatin ug-Latn, Ukrainian uk,
UzbekCyrillic uz-Cyrl, UzbekLatin uz, Vietnamese vi, Visayan ceb, Welsh cy, Wolof wo, Xhosa xh, Yakut sah, Yiddish yi,
Zapotec zap, Zulu zu
"""


def _parsed(table: str) -> dict[str, str]:
    return dict(entry.split() for entry in table.split(","))


#: Aspose.OCR's 154 names, as they stand on the wire ("Ukrainan" and "Kazah" are its spellings); it ignores their case
ASPOSE = _parsed(_ASPOSE)

#: PicWish's names and those of the family that they are taken from. `Digits` is no language: it adds what all have
PICWISH = _parsed(_PICWISH)
