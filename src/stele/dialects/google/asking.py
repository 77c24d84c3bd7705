"""What the requests of a batch ask for, in Stele's own terms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from stele.dialects.google.errors import GoogleError, invalid
from stele.dialects.google.messages import FeatureRequest, GcsSource, Image, ImageContext, OutputConfig, Wants
from stele.domain.annotation import MAX_CROP_RATIOS
from stele.domain.errors import RequestError
from stele.domain.job import Asked, Feature, Output
from stele.domain.languages import normalise
from stele.service.submit import Address, FailedInput, ObjectRef, object_ref

TEXT: Final = frozenset({"TEXT_DETECTION", "DOCUMENT_TEXT_DETECTION"})

#: What Google's feature types are here. PRODUCT_SEARCH is nothing.
FEATURES: Final[Mapping[str, tuple[Feature, ...]]] = {
    "FACE_DETECTION": (Feature.FACES,),
    "LANDMARK_DETECTION": (Feature.LANDMARKS,),
    "LOGO_DETECTION": (Feature.LOGOS,),
    "LABEL_DETECTION": (Feature.LABELS,),
    "TEXT_DETECTION": (Feature.TEXT, Feature.SYMBOLS),
    "SAFE_SEARCH_DETECTION": (Feature.SAFE_SEARCH,),
    "IMAGE_PROPERTIES": (Feature.IMAGE_PROPERTIES, Feature.CROP_HINTS),  # Google's answer has both
    "CROP_HINTS": (Feature.CROP_HINTS,),
    "WEB_DETECTION": (Feature.WEB,),
    "DOCUMENT_TEXT_DETECTION": (Feature.TEXT, Feature.SYMBOLS),
    "PRODUCT_SEARCH": (),
    "OBJECT_LOCALIZATION": (Feature.OBJECTS,),
}

_MODELS = frozenset({"", "builtin/stable", "builtin/latest"})
_TEXT_MODELS = _MODELS | {"builtin/weekly", "builtin/rc"}
_MAX_RESULTS = 10

#: Hints that Google reads with the model of a script, and that the language table does not have: all of them name
#: languages in Latin letters, but for those in Cyrillic.
_LATIN = """
    ace ach ada ak alg ang arn ath ay ban bem bi bik bm bnt btk cho cr crh dak dua ee efi ff fj fon fro gaa gay gil gmh
    gn goh got gv haw hil hz iba ig ilo kab kac kam kg kha ki kj kl kos kr lg ln lol loz lu luo mad man men mh min moh
    mus nah nd nds ng niu non nso nv nyn nzi oj pag pam pap pro rn rom sco sg sm son ss tem tk tog ts ty ve vot wo zap
"""
_LATIN_HINTS = frozenset(_LATIN.split())
_CYRILLIC_HINTS = frozenset({"ba", "ce", "cv", "kaa", "kv", "os", "sah", "udm"})
_CYRILLIC = "ru"

_BATCH_SIZE = range(1, 101)
DEFAULT_BATCH_SIZE: Final = 20

_PROJECT = r"projects/(?P<project>[^/]+)(/locations/(?P<location>[^/]+))?"
_PARENT = re.compile(rf"{_PROJECT}|(?P<bare>[^/]+)")

IMAGE_AND_FEATURES: Final = "Request must specify image and features."


def wants_of(features: Sequence[FeatureRequest], context: ImageContext) -> Wants:
    """What is wanted, but for languages. Raises GoogleError for what Google refuses the whole call for."""
    if not features:
        raise invalid(IMAGE_AND_FEATURES)
    most: dict[Feature, int] = {}
    for one in features:
        if one.type not in FEATURES:
            raise invalid(f"{IMAGE_AND_FEATURES} A feature has no type.")
        if one.max_results < 0:
            raise invalid(f"max_results of {one.type} must not be negative.")
        if one.model not in (_TEXT_MODELS if one.type in TEXT else _MODELS):
            raise invalid(f"The model {one.model} of {one.type} does not exist.")
        for feature in FEATURES[one.type]:
            if feature.annotates and feature is not Feature.CROP_HINTS:
                most[feature] = max(one.max_results or _MAX_RESULTS, most.get(feature, 0))
    ratios = context.crop_hints_params.aspect_ratios[:MAX_CROP_RATIOS]
    if any(ratio <= 0 for ratio in ratios):
        raise invalid("aspect_ratios must be greater than 0.")
    return Wants(
        features=tuple(dict.fromkeys(one.type for one in features)),
        max_results=most,
        aspect_ratios=ratios,
        confidences=context.text_detection_params.enable_text_detection_confidence_score,
    )


def languages_of(hints: Sequence[str]) -> tuple[str, ...]:
    """The languages of hints such as `en`, `iw`, `zh-Hant-HK`, `en-t-i0-handwrit`. Raises UnknownLanguage."""
    found: dict[str, None] = {}
    for hint in hints:
        if not hint:
            continue
        language = re.split(r"-t-|-x-", hint.lower())[0]
        if language in _CYRILLIC_HINTS:
            found[_CYRILLIC] = None
        elif language not in _LATIN_HINTS:
            found[normalise(hint if hint.lower() == language else language).code] = None
    return tuple(found)


def asked_of(wants: Wants, languages: tuple[str, ...]) -> Asked:
    """The same for the workers."""
    features = dict.fromkeys(feature for name in wants.features for feature in FEATURES[name])
    return Asked(
        languages=languages,
        features=tuple(features),
        crop_aspect_ratios=wants.aspect_ratios,
        max_results=wants.max_results,
    )


def image_input(image: Image) -> tuple[str, Address | ObjectRef | FailedInput]:
    """Where a picture without content comes from: its address, and what is there. Raises GoogleError when there is no
    address at all."""
    uri = image.source.image_uri or image.source.gcs_image_uri
    if not uri:
        raise invalid(IMAGE_AND_FEATURES)
    if uri.lower().startswith(("http://", "https://")) and uri == image.source.image_uri:
        return uri, Address(url=uri)
    try:
        return uri, object_ref(uri)
    except RequestError as error:
        return uri, FailedInput(failure=error.failure())


def object_source(source: GcsSource | None) -> str:
    """The address of a file. Raises GoogleError."""
    if source is None or not source.uri:
        raise invalid("input_config.gcs_source.uri must be specified.")
    return source.uri


def output_of(config: OutputConfig) -> Output:
    """Where to write to. Raises GoogleError."""
    uri = config.gcs_destination.uri
    if not uri:
        raise invalid("output_config.gcs_destination.uri must be specified.")
    if config.batch_size and config.batch_size not in _BATCH_SIZE:
        raise invalid(f"output_config.batch_size must be between 1 and {_BATCH_SIZE[-1]}, not {config.batch_size}.")
    scheme, _, rest = uri.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme not in {"gs", "s3"} or not bucket:
        raise invalid(f"Invalid GCS path specified: {uri}")
    return Output(bucket=bucket, prefix=prefix)


def parent_of(given: str, own_project: str) -> tuple[str, str]:
    """How the names of a caller's operations begin, and the project in it. Callers may spell their project as they
    like: what is theirs is told by the credentials alone. Of anything else it is their own."""
    found = _PARENT.fullmatch(given.strip("/"))
    if found is None:
        return f"projects/{own_project}", own_project
    if found["bare"]:
        return f"projects/{found['bare']}", found["bare"]
    return found[0], found["project"]


def too_many(what: str, count: int, limit: int) -> GoogleError:
    return invalid(f"Too many {what} per request: {count} is more than {limit}.")
