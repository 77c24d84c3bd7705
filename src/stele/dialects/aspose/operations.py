"""The operations: what each wants of a job, and what it gives as its results."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from stele.domain.job import CleaningStep, Feature
from stele.domain.value import Value


class Kind(StrEnum):
    """What an operation does with what it is given."""

    READ = "read"  #: recognise text
    CLEAN = "clean"  #: make a better picture
    LAY_OUT = "lay_out"  #: make a PDF
    SPEAK = "speak"  #: make speech


class Entry(StrEnum):
    """The types of results, as they are written in answers."""

    TEXT = "Text"
    PDF = "Pdf"
    HOCR = "Hocr"
    CSV = "Csv"
    EXCEL = "Excel"
    JSON = "JSON"
    IMAGE = "ImagePNG"
    SPEECH = "WavFile"
    REGIONS = "Other"


class Operation(Value):
    """`order` is that of the filters which a caller may ask for; `entries` are given where `resultType` says nothing;
    `features` are looked for beside the text."""

    name: str
    kind: Kind
    order: tuple[CleaningStep, ...] = ()
    entries: tuple[Entry, ...] = ()
    features: tuple[Feature, ...] = ()


_CONTRAST, _BINARIZE, _DESKEW, _UPSAMPLE = (
    CleaningStep.CONTRAST,
    CleaningStep.BINARIZE,
    CleaningStep.DESKEW,
    CleaningStep.UPSAMPLE,
)
_USUAL: Final = (_CONTRAST, _BINARIZE, _DESKEW, _UPSAMPLE)

RECOGNIZE_TABLE: Final = "RecognizeTable"
RECOGNIZE_REGIONS: Final = "RecognizeRegions"
DETECT_REGIONS: Final = "DetectRegions"
INVOICE: Final = "RecognizeAndParseInvoice"
#: in the specification, and nothing here can do it
IDENTIFY_FONT: Final = "IdentifyFont"

_ALL: Final = (
    Operation(name="RecognizeImage", kind=Kind.READ, order=_USUAL),
    Operation(name="RecognizePdf", kind=Kind.READ, order=_USUAL),
    Operation(name=RECOGNIZE_TABLE, kind=Kind.READ, order=_USUAL, features=(Feature.TABLES,)),
    Operation(name="RecognizeReceipt", kind=Kind.READ, order=(_CONTRAST, _BINARIZE, _UPSAMPLE, _DESKEW)),
    Operation(name="RecognizeLabel", kind=Kind.READ, order=(_CONTRAST, _BINARIZE, _DESKEW, _UPSAMPLE)),
    Operation(name=RECOGNIZE_REGIONS, kind=Kind.READ, order=_USUAL),
    Operation(
        name=INVOICE,
        kind=Kind.READ,
        order=(_BINARIZE, _UPSAMPLE, _DESKEW),
        entries=(Entry.TEXT,),
        features=(Feature.FORMS, Feature.TABLES),
    ),
    # Filters that move the picture would move the regions; reading does without them.
    Operation(
        name=DETECT_REGIONS,
        kind=Kind.READ,
        order=(_CONTRAST, _BINARIZE),
        entries=(Entry.REGIONS,),
        features=(Feature.LAYOUT,),
    ),
    Operation(name="RecognizeImageTrial", kind=Kind.READ, order=_USUAL),
    Operation(name="DjVu2PDF", kind=Kind.LAY_OUT, entries=(Entry.PDF,)),
    Operation(name="BinarizeImage", kind=Kind.CLEAN, order=(_BINARIZE,), entries=(Entry.IMAGE,)),
    Operation(name="DeskewImage", kind=Kind.CLEAN, order=(_DESKEW,), entries=(Entry.IMAGE,)),
    Operation(name="DewarpImage", kind=Kind.CLEAN, order=(CleaningStep.DEWARP,), entries=(Entry.IMAGE,)),
    Operation(name="UpscaleImage", kind=Kind.CLEAN, order=(_UPSAMPLE,), entries=(Entry.IMAGE,)),
    Operation(name="ConvertTextToSpeech", kind=Kind.SPEAK, entries=(Entry.SPEECH,)),
    Operation(name="ConvertTextToSpeechTrial", kind=Kind.SPEAK, entries=(Entry.SPEECH,)),
)

#: by name
OPERATIONS: Final[Mapping[str, Operation]] = {one.name: one for one in _ALL}

#: `resultType`, and what it gives, in the order in which it is given
RESULT_TYPES: Final[Mapping[str, tuple[Entry, ...]]] = {
    "Text": (Entry.TEXT,),
    "Pdf": (Entry.PDF,),
    "Hocr": (Entry.HOCR,),
    "TextAndPdf": (Entry.TEXT, Entry.PDF),
    "TextAndHocr": (Entry.TEXT, Entry.HOCR),
    "PdfAndHocr": (Entry.PDF, Entry.HOCR),
    "TextAndPdfAndHocr": (Entry.TEXT, Entry.PDF, Entry.HOCR),
    "ImagePNG": (Entry.IMAGE,),
    "JSON": (Entry.JSON,),
}
#: `resultTypeTable`, likewise
TABLE_RESULT_TYPES: Final[Mapping[str, tuple[Entry, ...]]] = {
    "Text": (Entry.TEXT,),
    "Excel": (Entry.EXCEL,),
    "Csv": (Entry.CSV,),
    "CsvAndExcel": (Entry.CSV, Entry.EXCEL),
}
DSR_MODES: Final = (
    *("Regions", "DsrNoFilter", "DsrAndFilter", "NoDsrNoFilter", "TextDetector", "DsrPlusDetector"),
    *("PolygonalTextDetector", "LineDetector", "CraftPoly"),
)
DSR_CONFIDENCES: Final = ("Default", "Low", "LowMid", "Mid", "MidHigh", "High", "Ultra", "All")
