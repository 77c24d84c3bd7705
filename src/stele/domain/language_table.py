"""The languages that can be read: BCP-47 code, English name, ISO 15924 script, Tesseract pack.

Every pack of Tesseract's own collection is here, and a few Latin ones that only the default model reads (their pack is
the one of the script). `x-vert` are vertical columns, `x-old` older spellings.
"""

ROWS = """
af          Afrikaans                  Latn  afr
am          Amharic                    Ethi  amh
ar          Arabic                     Arab  ara
as          Assamese                   Beng  asm
ast         Asturian                   Latn  script/Latin
az          Azerbaijani                Latn  aze
az-Cyrl     Azerbaijani (Cyrillic)     Cyrl  aze_cyrl
be          Belarusian                 Cyrl  bel
bg          Bulgarian                  Cyrl  bul
bn          Bengali                    Beng  ben
bo          Tibetan                    Tibt  bod
br          Breton                     Latn  bre
bs          Bosnian                    Latn  bos
ca          Catalan                    Latn  cat
ceb         Cebuano                    Latn  ceb
chr         Cherokee                   Cher  chr
co          Corsican                   Latn  cos
cs          Czech                      Latn  ces
cy          Welsh                      Latn  cym
da          Danish                     Latn  dan
de          German                     Latn  deu
de-Latf     German (Fraktur)           Latf  frk
dv          Divehi                     Thaa  div
dz          Dzongkha                   Tibt  dzo
el          Greek                      Grek  ell
en          English                    Latn  eng
enm         Middle English             Latn  enm
eo          Esperanto                  Latn  epo
es          Spanish                    Latn  spa
es-x-old    Spanish (old)              Latn  spa_old
et          Estonian                   Latn  est
eu          Basque                     Latn  eus
fa          Persian                    Arab  fas
fi          Finnish                    Latn  fin
fil         Filipino                   Latn  fil
fo          Faroese                    Latn  fao
fr          French                     Latn  fra
frm         Middle French              Latn  frm
fy          Western Frisian            Latn  fry
ga          Irish                      Latn  gle
gd          Scottish Gaelic            Latn  gla
gl          Galician                   Latn  glg
grc         Ancient Greek              Grek  grc
gu          Gujarati                   Gujr  guj
ha          Hausa                      Latn  script/Latin
he          Hebrew                     Hebr  heb
hi          Hindi                      Deva  hin
hr          Croatian                   Latn  hrv
ht          Haitian Creole             Latn  hat
hu          Hungarian                  Latn  hun
hy          Armenian                   Armn  hye
id          Indonesian                 Latn  ind
is          Icelandic                  Latn  isl
it          Italian                    Latn  ita
it-x-old    Italian (old)              Latn  ita_old
iu          Inuktitut                  Cans  iku
ja          Japanese                   Jpan  jpn
ja-x-vert   Japanese (vertical)        Jpan  jpn_vert
jv          Javanese                   Latn  jav
ka          Georgian                   Geor  kat
ka-x-old    Georgian (old)             Geor  kat_old
kk          Kazakh                     Cyrl  kaz
km          Khmer                      Khmr  khm
kmr         Northern Kurdish           Latn  kmr
kn          Kannada                    Knda  kan
ko          Korean                     Kore  kor
ko-x-vert   Korean (vertical)          Kore  kor_vert
ky          Kyrgyz                     Cyrl  kir
la          Latin                      Latn  lat
lb          Luxembourgish              Latn  ltz
lo          Lao                        Laoo  lao
lt          Lithuanian                 Latn  lit
lv          Latvian                    Latn  lav
mg          Malagasy                   Latn  script/Latin
mi          Maori                      Latn  mri
mk          Macedonian                 Cyrl  mkd
ml          Malayalam                  Mlym  mal
mn          Mongolian                  Cyrl  mon
mr          Marathi                    Deva  mar
ms          Malay                      Latn  msa
mt          Maltese                    Latn  mlt
my          Burmese                    Mymr  mya
ne          Nepali                     Deva  nep
nl          Dutch                      Latn  nld
no          Norwegian                  Latn  nor
ny          Nyanja                     Latn  script/Latin
oc          Occitan                    Latn  oci
or          Odia                       Orya  ori
pa          Punjabi                    Guru  pan
pl          Polish                     Latn  pol
ps          Pashto                     Arab  pus
pt          Portuguese                 Latn  por
qu          Quechua                    Latn  que
rm          Romansh                    Latn  script/Latin
ro          Romanian                   Latn  ron
ru          Russian                    Cyrl  rus
rw          Kinyarwanda                Latn  script/Latin
sa          Sanskrit                   Deva  san
sd          Sindhi                     Arab  snd
si          Sinhala                    Sinh  sin
sk          Slovak                     Latn  slk
sl          Slovenian                  Latn  slv
sn          Shona                      Latn  script/Latin
so          Somali                     Latn  script/Latin
sq          Albanian                   Latn  sqi
sr          Serbian                    Cyrl  srp
sr-Latn     Serbian (Latin)            Latn  srp_latn
st          Southern Sotho             Latn  script/Latin
su          Sundanese                  Latn  sun
sv          Swedish                    Latn  swe
sw          Swahili                    Latn  swa
syr         Syriac                     Syrc  syr
ta          Tamil                      Taml  tam
te          Telugu                     Telu  tel
tg          Tajik                      Cyrl  tgk
th          Thai                       Thai  tha
ti          Tigrinya                   Ethi  tir
tn          Tswana                     Latn  script/Latin
to          Tongan                     Latn  ton
tr          Turkish                    Latn  tur
tt          Tatar                      Cyrl  tat
ug          Uyghur                     Arab  uig
uk          Ukrainian                  Cyrl  ukr
ur          Urdu                       Arab  urd
uz          Uzbek                      Latn  uzb
uz-Cyrl     Uzbek (Cyrillic)           Cyrl  uzb_cyrl
vi          Vietnamese                 Latn  vie
xh          Xhosa                      Latn  script/Latin
yi          Yiddish                    Hebr  yid
yo          Yoruba                     Latn  yor
zh-Hans     Chinese (simplified)       Hans  chi_sim
zh-Hans-x-vert  Chinese (simplified, vertical)   Hans  chi_sim_vert
zh-Hant     Chinese (traditional)      Hant  chi_tra
zh-Hant-x-vert  Chinese (traditional, vertical)  Hant  chi_tra_vert
zu          Zulu                       Latn  script/Latin
"""

#: other spellings of the same, in lower case: deprecated codes, macrolanguages, regions that imply a script
ALIASES = {
    "az-latn": "az",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "jw": "jv",
    "ku": "kmr",
    "ku-latn": "kmr",
    "mo": "ro",
    "nb": "no",
    "nn": "no",
    "sr-cyrl": "sr",
    "tl": "fil",
    "uz-latn": "uz",
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-tw": "zh-Hant",
}
