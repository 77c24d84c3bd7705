"""The 154 names of languages, as they are spelled on the wire, and what each is read as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stele.domain.errors import UnknownLanguage
from stele.domain.languages import LANGUAGES, normalise
from stele.domain.value import Value

DEFAULT: Final = "English"
HANDWRITTEN: Final = "HWT_ENG"

#: name, BCP-47 code, and the script in which it is written where that is not Latin
_ROWS: Final = """
English en; German de; French fr; Italian it; Spanish es; Portuguese pt; Polish pl; Slovene sl; Slovak sk;
Netherlands nl; Lithuanian lt; Latvian lv; Danish da; Norwegian no; Finnish fi; Serbian sr Cyrl; Croatian hr; Czech cs;
Swedish sv; Estonian et; Romanian ro; Chinese zh Hans; Russian ru Cyrl; Arabic ar Arab; Hindi hi Deva;
Ukrainan uk Cyrl; Bengali bn Beng; Tibetan bo Tibt; Thai th Thai; Urdu ur Arab; Turkish tr; Korean ko Kore;
Indonesian id; Hebrew he Hebr; Javanese jv; Greek el Grek; Japanese ja Jpan; Persian fa Arab; Albanian sq; Latin la;
Vietnamese vi; Uzbek uz; Georgian ka Geor; Bulgarian bg Cyrl; Azerbaijani az; Kazah kk Cyrl; Macedonian mk Cyrl;
Belorussian be Cyrl;
Malay ms; Hausa ha; Sundanese su; Swahili sw; Tagalog fil; Yoruba yo; Oromo om; Cebuano ceb; Dutch nl; Kurdish ku;
Serbo_Croatian sr-Latn; Malagasy mg; Zhuang za; Turkmen tk; Somali so; Hungarian hu; Chichewa ny; Rwanda rw;
Min_Bei mnp Hans; Zulu zu; Ilocano ilo; Min_Dong cdo Hans; Quechua qu; Hiligaynon hil; Hmong hmn; Shona sn; Xhosa xh;
Betawi bew; Catalan ca; Afrikaans af; Minangkabau min; Sotho_Southern st; Bikol bik; Makua vmw; Kanuri kr; Tswana tn;
Kikongo kg; Luo luo; Sukuma suk; Tsonga ts; Bosnian bs; Bemba bem; Nandi niq; Palembang plm; Umbundu umb;
Sotho_Northern nso; Waray_Waray war; Lamani lmn Deva; Low_German nds; Gilaki glk Arab; Musi mui; HWT_ENG en;
Pu_Xian cpx Hans; Kapampangan pam; Bouyei pcc; Galician gl; Ndebele nd; Yao yao; Sasak sas; Swati ss; Gusii guz;
Meru mer; Wolaytta wal; Dong kmc; Pangasinan pag; Dimli diq; Makassar mak; Tumbuka tum; Serer_Sine srr; Occitan oc;
Tonga toi; Muong mtq; Kiche quc; Luguru ruf;
Wu wuu Hans; Cantonese yue Hant; Min_Nan nan Hant; Xiang hsn Hans; Hakka hak Hans; Gan gan Hans;
Chechen ce Cyrl; Kabardian kbd Cyrl;
Marathi mr Deva; Bhojpuri bho Deva; Maithili mai Deva; Awadhi awa Deva; Nepali ne Deva; Marwari mwr Deva;
Magahi mag Deva; Haryanvi bgc Deva; Chattisgarhi hne Deva; Dhundari dhd Deva; Konkani kok Deva; Kanauji bjj Deva;
Mewati wtm Deva; Rajbanshi rjs Deva; Garhwali gbm Deva; Kumauni kfy Deva; Wagdi wbr Deva; Malvi mup Deva;
Mewari mtr Deva;
Uyghur ug Arab; Telugu te Telu; Kannada kn Knda; Tamil ta Taml; Devanagari hi Deva;
"""

#: what is read in place of a language that has no model of its own, by script
_NEAREST: Final = {"Latn": "en", "Cyrl": "ru", "Deva": "hi", "Arab": "fa", "Hans": "zh-Hans", "Hant": "zh-Hant"}


class Spelled(Value):
    """A name, the language that it is read as, and what the caller must know of that, if anything."""

    name: str
    code: str
    warning: str | None = None


def _spelled(row: str) -> Spelled:
    name, code, *rest = row.split()
    try:
        return Spelled(name=name, code=normalise(code).code)
    except UnknownLanguage:
        nearest = LANGUAGES[_NEAREST[rest[0] if rest else "Latn"]]
        warning = f"There is no model of its own for {name}: it was read as {nearest.name}, whose script it shares."
        return Spelled(name=name, code=nearest.code, warning=warning)


#: by name in lower case
NAMES: Final[Mapping[str, Spelled]] = {
    spelled.name.lower(): spelled for spelled in map(_spelled, filter(str.strip, _ROWS.split(";")))
}
