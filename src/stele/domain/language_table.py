"""The languages that can be read: BCP-47 code, English name, ISO 15924 script, Tesseract pack.

Every pack of Tesseract's own collection is here, and every other language that a dialect names: the Latin ones are read
by the default model, and the pack of all is that of their script. `x-vert` are vertical columns, `x-old` older
spellings.
"""

ROWS = """
ab              Abkhazian                        Cyrl  script/Cyrillic
ace             Acehnese                         Latn  script/Latin
ach             Acholi                           Latn  script/Latin
ada             Adangme                          Latn  script/Latin
ady             Adyghe                           Cyrl  script/Cyrillic
af              Afrikaans                        Latn  afr
agx             Aghul                            Cyrl  script/Cyrillic
ak              Akan                             Latn  script/Latin
alg             Algonquian languages             Latn  script/Latin
alt             Altai                            Cyrl  script/Cyrillic
am              Amharic                          Ethi  amh
ang             Old English                      Latn  script/Latin
ar              Arabic                           Arab  ara
arn             Mapuche                          Latn  script/Latin
as              Assamese                         Beng  asm
ast             Asturian                         Latn  script/Latin
ath             Athabaskan languages             Latn  script/Latin
av              Avar                             Cyrl  script/Cyrillic
awa             Awadhi                           Deva  script/Devanagari
ay              Aymara                           Latn  script/Latin
az              Azerbaijani                      Latn  aze
az-Cyrl         Azerbaijani (Cyrillic)           Cyrl  aze_cyrl
ba              Bashkir                          Cyrl  script/Cyrillic
ban             Balinese                         Latn  script/Latin
be              Belarusian                       Cyrl  bel
bem             Bemba                            Latn  script/Latin
bew             Betawi                           Latn  script/Latin
bg              Bulgarian                        Cyrl  bul
bgc             Haryanvi                         Deva  script/Devanagari
bgt             Bughotu                          Latn  script/Latin
bho             Bhojpuri                         Deva  script/Devanagari
bi              Bislama                          Latn  script/Latin
bik             Bikol                            Latn  script/Latin
bjj             Kanauji                          Deva  script/Devanagari
bla             Blackfoot                        Latn  script/Latin
bm              Bambara                          Latn  script/Latin
bn              Bengali                          Beng  ben
bnt             Bantu languages                  Latn  script/Latin
bo              Tibetan                          Tibt  bod
br              Breton                           Latn  bre
bs              Bosnian                          Latn  bos
btk             Batak                            Latn  script/Latin
bua             Buryat                           Cyrl  script/Cyrillic
ca              Catalan                          Latn  cat
ce              Chechen                          Cyrl  script/Cyrillic
ceb             Cebuano                          Latn  ceb
ch              Chamorro                         Latn  script/Latin
chm             Mari                             Cyrl  script/Cyrillic
cho             Choctaw                          Latn  script/Latin
chr             Cherokee                         Cher  chr
ckt             Chukchi                          Cyrl  script/Cyrillic
co              Corsican                         Latn  cos
cr              Cree                             Latn  script/Latin
crh             Crimean Tatar                    Latn  script/Latin
cro             Crow                             Latn  script/Latin
cs              Czech                            Latn  ces
csb             Kashubian                        Latn  script/Latin
cv              Chuvash                          Cyrl  script/Cyrillic
cy              Welsh                            Latn  cym
da              Danish                           Latn  dan
dak             Dakota                           Latn  script/Latin
dar             Dargwa                           Cyrl  script/Cyrillic
de              German                           Latn  deu
de-Latf         German (Fraktur)                 Latf  frk
dhd             Dhundari                         Deva  script/Devanagari
diq             Dimli                            Latn  script/Latin
dng             Dungan                           Cyrl  script/Cyrillic
doc             Northern Dong                    Latn  script/Latin
dua             Duala                            Latn  script/Latin
dv              Divehi                           Thaa  div
dz              Dzongkha                         Tibt  dzo
ee              Ewe                              Latn  script/Latin
efi             Efik                             Latn  script/Latin
el              Greek                            Grek  ell
en              English                          Latn  eng
enm             Middle English                   Latn  enm
eo              Esperanto                        Latn  epo
es              Spanish                          Latn  spa
es-x-old        Spanish (old)                    Latn  spa_old
ess             Central Siberian Yupik           Cyrl  script/Cyrillic
et              Estonian                         Latn  est
eu              Basque                           Latn  eus
eve             Even                             Cyrl  script/Cyrillic
evn             Evenki                           Cyrl  script/Cyrillic
fa              Persian                          Arab  fas
ff              Fulah                            Latn  script/Latin
fi              Finnish                          Latn  fin
fil             Filipino                         Latn  fil
fj              Fijian                           Latn  script/Latin
fo              Faroese                          Latn  fao
fon             Fon                              Latn  script/Latin
fr              French                           Latn  fra
frm             Middle French                    Latn  frm
fro             Old French                       Latn  script/Latin
fur             Friulian                         Latn  script/Latin
fy              Western Frisian                  Latn  fry
ga              Irish                            Latn  gle
gaa             Ga                               Latn  script/Latin
gag             Gagauz                           Latn  script/Latin
gay             Gayo                             Latn  script/Latin
gbm             Garhwali                         Deva  script/Devanagari
gd              Scottish Gaelic                  Latn  gla
gil             Gilbertese                       Latn  script/Latin
gl              Galician                         Latn  glg
glk             Gilaki                           Arab  script/Arabic
gmh             Middle High German               Latn  script/Latin
gn              Guarani                          Latn  script/Latin
goh             Old High German                  Latn  script/Latin
got             Gothic                           Latn  script/Latin
grc             Ancient Greek                    Grek  grc
gu              Gujarati                         Gujr  guj
guz             Gusii                            Latn  script/Latin
gv              Manx                             Latn  script/Latin
ha              Hausa                            Latn  script/Latin
haw             Hawaiian                         Latn  script/Latin
he              Hebrew                           Hebr  heb
hi              Hindi                            Deva  hin
hil             Hiligaynon                       Latn  script/Latin
hmn             Hmong                            Latn  script/Latin
hne             Chhattisgarhi                    Deva  script/Devanagari
hr              Croatian                         Latn  hrv
ht              Haitian Creole                   Latn  hat
hu              Hungarian                        Latn  hun
hy              Armenian                         Armn  hye
hz              Herero                           Latn  script/Latin
ia              Interlingua                      Latn  script/Latin
iba             Iban                             Latn  script/Latin
id              Indonesian                       Latn  ind
ie              Interlingue                      Latn  script/Latin
ig              Igbo                             Latn  script/Latin
ilo             Ilocano                          Latn  script/Latin
inh             Ingush                           Cyrl  script/Cyrillic
io              Ido                              Latn  script/Latin
is              Icelandic                        Latn  isl
it              Italian                          Latn  ita
it-x-old        Italian (old)                    Latn  ita_old
iu              Inuktitut                        Cans  iku
ja              Japanese                         Jpan  jpn
ja-x-vert       Japanese (vertical)              Jpan  jpn_vert
jv              Javanese                         Latn  jav
ka              Georgian                         Geor  kat
ka-x-old        Georgian (old)                   Geor  kat_old
kaa             Kara-Kalpak                      Cyrl  script/Cyrillic
kab             Kabyle                           Latn  script/Latin
kac             Kachin                           Latn  script/Latin
kam             Kamba                            Latn  script/Latin
kbd             Kabardian                        Cyrl  script/Cyrillic
kca             Khanty                           Cyrl  script/Cyrillic
kfy             Kumaoni                          Deva  script/Devanagari
kg              Kongo                            Latn  script/Latin
kha             Khasi                            Latn  script/Latin
ki              Kikuyu                           Latn  script/Latin
kj              Kuanyama                         Latn  script/Latin
kjh             Khakas                           Cyrl  script/Cyrillic
kk              Kazakh                           Cyrl  kaz
kl              Greenlandic                      Latn  script/Latin
km              Khmer                            Khmr  khm
kmr             Northern Kurdish                 Latn  kmr
kn              Kannada                          Knda  kan
ko              Korean                           Kore  kor
ko-x-vert       Korean (vertical)                Kore  kor_vert
kok             Konkani                          Deva  script/Devanagari
kos             Kosraean                         Latn  script/Latin
kpe             Kpelle                           Latn  script/Latin
kpy             Koryak                           Cyrl  script/Cyrillic
kr              Kanuri                           Latn  script/Latin
krc             Karachay-Balkar                  Cyrl  script/Cyrillic
kum             Kumyk                            Cyrl  script/Cyrillic
kv              Komi                             Cyrl  script/Cyrillic
ky              Kyrgyz                           Cyrl  kir
la              Latin                            Latn  lat
lb              Luxembourgish                    Latn  ltz
lbe             Lak                              Cyrl  script/Cyrillic
lez             Lezghian                         Cyrl  script/Cyrillic
lg              Ganda                            Latn  script/Latin
lmn             Lamani                           Deva  script/Devanagari
ln              Lingala                          Latn  script/Latin
lo              Lao                              Laoo  lao
lol             Mongo                            Latn  script/Latin
loz             Lozi                             Latn  script/Latin
lt              Lithuanian                       Latn  lit
lu              Luba-Katanga                     Latn  script/Latin
lua             Luba-Lulua                       Latn  script/Latin
luo             Luo                              Latn  script/Latin
lv              Latvian                          Latn  lav
mad             Madurese                         Latn  script/Latin
mag             Magahi                           Deva  script/Devanagari
mai             Maithili                         Deva  script/Devanagari
mak             Makasar                          Latn  script/Latin
man             Mandingo                         Latn  script/Latin
men             Mende                            Latn  script/Latin
mer             Meru                             Latn  script/Latin
mg              Malagasy                         Latn  script/Latin
mh              Marshallese                      Latn  script/Latin
mi              Maori                            Latn  mri
min             Minangkabau                      Latn  script/Latin
mk              Macedonian                       Cyrl  mkd
ml              Malayalam                        Mlym  mal
mn              Mongolian                        Cyrl  mon
mns             Mansi                            Cyrl  script/Cyrillic
moh             Mohawk                           Latn  script/Latin
mr              Marathi                          Deva  mar
ms              Malay                            Latn  msa
mt              Maltese                          Latn  mlt
mtq             Muong                            Latn  script/Latin
mtr             Mewari                           Deva  script/Devanagari
mui             Musi                             Latn  script/Latin
mup             Malvi                            Deva  script/Devanagari
mus             Creek                            Latn  script/Latin
mwr             Marwari                          Deva  script/Devanagari
my              Burmese                          Mymr  mya
myn             Mayan languages                  Latn  script/Latin
myv             Mordvin                          Cyrl  script/Cyrillic
nah             Nahuatl                          Latn  script/Latin
nd              North Ndebele                    Latn  script/Latin
nds             Low German                       Latn  script/Latin
ne              Nepali                           Deva  nep
ng              Ndonga                           Latn  script/Latin
niq             Nandi                            Latn  script/Latin
niu             Niuean                           Latn  script/Latin
niv             Nivkh                            Cyrl  script/Cyrillic
nl              Dutch                            Latn  nld
no              Norwegian                        Latn  nor
nog             Nogai                            Cyrl  script/Cyrillic
non             Old Norse                        Latn  script/Latin
nso             Northern Sotho                   Latn  script/Latin
nv              Navajo                           Latn  script/Latin
ny              Nyanja                           Latn  script/Latin
nyn             Nyankole                         Latn  script/Latin
nzi             Nzima                            Latn  script/Latin
oc              Occitan                          Latn  oci
oj              Ojibwa                           Latn  script/Latin
om              Oromo                            Latn  script/Latin
or              Odia                             Orya  ori
os              Ossetic                          Cyrl  script/Cyrillic
pa              Punjabi                          Guru  pan
pag             Pangasinan                       Latn  script/Latin
pam             Pampanga                         Latn  script/Latin
pap             Papiamento                       Latn  script/Latin
pcc             Bouyei                           Latn  script/Latin
pl              Polish                           Latn  pol
plm             Palembang                        Latn  script/Latin
pro             Old Provencal                    Latn  script/Latin
ps              Pashto                           Arab  pus
pt              Portuguese                       Latn  por
qu              Quechua                          Latn  que
quc             Kiche                            Latn  script/Latin
rjs             Rajbanshi                        Deva  script/Devanagari
rm              Romansh                          Latn  script/Latin
rn              Rundi                            Latn  script/Latin
ro              Romanian                         Latn  ron
rom             Romany                           Latn  script/Latin
ru              Russian                          Cyrl  rus
ruf             Luguru                           Latn  script/Latin
rw              Kinyarwanda                      Latn  script/Latin
sa              Sanskrit                         Deva  san
sah             Yakut                            Cyrl  script/Cyrillic
sas             Sasak                            Latn  script/Latin
sco             Scots                            Latn  script/Latin
sd              Sindhi                           Arab  snd
se              Northern Sami                    Latn  script/Latin
sel             Selkup                           Cyrl  script/Cyrillic
sg              Sango                            Latn  script/Latin
sh              Serbo-Croatian                   Latn  script/Latin
si              Sinhala                          Sinh  sin
sk              Slovak                           Latn  slk
sl              Slovenian                        Latn  slv
sm              Samoan                           Latn  script/Latin
sn              Shona                            Latn  script/Latin
so              Somali                           Latn  script/Latin
son             Songhai                          Latn  script/Latin
sq              Albanian                         Latn  sqi
sr              Serbian                          Cyrl  srp
sr-Latn         Serbian (Latin)                  Latn  srp_latn
srr             Serer                            Latn  script/Latin
ss              Swati                            Latn  script/Latin
st              Southern Sotho                   Latn  script/Latin
su              Sundanese                        Latn  sun
suk             Sukuma                           Latn  script/Latin
sv              Swedish                          Latn  swe
sw              Swahili                          Latn  swa
syr             Syriac                           Syrc  syr
ta              Tamil                            Taml  tam
tab             Tabassaran                       Cyrl  script/Cyrillic
te              Telugu                           Telu  tel
tem             Timne                            Latn  script/Latin
tg              Tajik                            Cyrl  tgk
th              Thai                             Thai  tha
ti              Tigrinya                         Ethi  tir
tk              Turkmen                          Latn  script/Latin
tk-Cyrl         Turkmen (Cyrillic)               Cyrl  script/Cyrillic
tn              Tswana                           Latn  script/Latin
to              Tongan                           Latn  ton
tog             Tonga (Nyasa)                    Latn  script/Latin
toi             Tonga (Zambia)                   Latn  script/Latin
tpi             Tok Pisin                        Latn  script/Latin
tr              Turkish                          Latn  tur
ts              Tsonga                           Latn  script/Latin
tt              Tatar                            Cyrl  tat
tug             Tunia                            Latn  script/Latin
tum             Tumbuka                          Latn  script/Latin
ty              Tahitian                         Latn  script/Latin
tyv             Tuvinian                         Cyrl  script/Cyrillic
udm             Udmurt                           Cyrl  script/Cyrillic
ug              Uyghur                           Arab  uig
ug-Cyrl         Uyghur (Cyrillic)                Cyrl  script/Cyrillic
ug-Latn         Uyghur (Latin)                   Latn  script/Latin
uk              Ukrainian                        Cyrl  ukr
umb             Umbundu                          Latn  script/Latin
ur              Urdu                             Arab  urd
uz              Uzbek                            Latn  uzb
uz-Cyrl         Uzbek (Cyrillic)                 Cyrl  uzb_cyrl
ve              Venda                            Latn  script/Latin
vi              Vietnamese                       Latn  vie
vmw             Makhuwa                          Latn  script/Latin
vot             Votic                            Latn  script/Latin
wal             Wolaytta                         Latn  script/Latin
war             Waray                            Latn  script/Latin
wbm             Wa                               Latn  script/Latin
wbr             Wagdi                            Deva  script/Devanagari
wen             Sorbian                          Latn  script/Latin
wo              Wolof                            Latn  script/Latin
wtm             Mewati                           Deva  script/Devanagari
xal             Kalmyk                           Cyrl  script/Cyrillic
xh              Xhosa                            Latn  script/Latin
yao             Yao                              Latn  script/Latin
yi              Yiddish                          Hebr  yid
yo              Yoruba                           Latn  yor
yrk             Nenets                           Cyrl  script/Cyrillic
za              Zhuang                           Latn  script/Latin
zap             Zapotec                          Latn  script/Latin
zh-Hans         Chinese (simplified)             Hans  chi_sim
zh-Hans-x-vert  Chinese (simplified, vertical)   Hans  chi_sim_vert
zh-Hant         Chinese (traditional)            Hant  chi_tra
zh-Hant-x-vert  Chinese (traditional, vertical)  Hant  chi_tra_vert
zu              Zulu                             Latn  script/Latin
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
