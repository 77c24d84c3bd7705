"""Annotations: what a picture shows, beside the words on it.

Geometry is that of the document tree: pixels of the page as submitted. A polygon starts at the corner that is the top
left one of the picture **as displayed**, and goes on clockwise there. Scores and confidences are 0…1, and lists are
sorted by them, the best first, where nothing else is said.

What was not found is not there; what could not be looked for is in `Annotations.missing`. Nothing is ever made up.
"""

from __future__ import annotations

from enum import StrEnum

from stele.domain.geometry import Polygon
from stele.domain.job import Feature
from stele.domain.value import Value

#: how many aspect ratios one request may want crops for
MAX_CROP_RATIOS = 16


class Likelihood(StrEnum):
    """In bands, for what no score can be given that means the same in all pictures."""

    UNKNOWN = "unknown"  #: it could not be told
    VERY_UNLIKELY = "very_unlikely"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    LIKELY = "likely"
    VERY_LIKELY = "very_likely"


class FaceLandmarkKind(StrEnum):
    """Which point of a face. Left and right are the viewer's, of the face held upright."""

    LEFT_EYE = "left_eye"
    RIGHT_EYE = "right_eye"
    LEFT_OF_LEFT_EYEBROW = "left_of_left_eyebrow"
    RIGHT_OF_LEFT_EYEBROW = "right_of_left_eyebrow"
    LEFT_OF_RIGHT_EYEBROW = "left_of_right_eyebrow"
    RIGHT_OF_RIGHT_EYEBROW = "right_of_right_eyebrow"
    MIDPOINT_BETWEEN_EYES = "midpoint_between_eyes"
    NOSE_TIP = "nose_tip"
    UPPER_LIP = "upper_lip"
    LOWER_LIP = "lower_lip"
    MOUTH_LEFT = "mouth_left"
    MOUTH_RIGHT = "mouth_right"
    MOUTH_CENTER = "mouth_center"
    NOSE_BOTTOM_RIGHT = "nose_bottom_right"
    NOSE_BOTTOM_LEFT = "nose_bottom_left"
    NOSE_BOTTOM_CENTER = "nose_bottom_center"
    LEFT_EYE_TOP_BOUNDARY = "left_eye_top_boundary"
    LEFT_EYE_RIGHT_CORNER = "left_eye_right_corner"
    LEFT_EYE_BOTTOM_BOUNDARY = "left_eye_bottom_boundary"
    LEFT_EYE_LEFT_CORNER = "left_eye_left_corner"
    RIGHT_EYE_TOP_BOUNDARY = "right_eye_top_boundary"
    RIGHT_EYE_RIGHT_CORNER = "right_eye_right_corner"
    RIGHT_EYE_BOTTOM_BOUNDARY = "right_eye_bottom_boundary"
    RIGHT_EYE_LEFT_CORNER = "right_eye_left_corner"
    LEFT_EYEBROW_UPPER_MIDPOINT = "left_eyebrow_upper_midpoint"
    RIGHT_EYEBROW_UPPER_MIDPOINT = "right_eyebrow_upper_midpoint"
    LEFT_EAR_TRAGION = "left_ear_tragion"
    RIGHT_EAR_TRAGION = "right_ear_tragion"
    LEFT_EYE_PUPIL = "left_eye_pupil"
    RIGHT_EYE_PUPIL = "right_eye_pupil"
    FOREHEAD_GLABELLA = "forehead_glabella"
    CHIN_GNATHION = "chin_gnathion"
    CHIN_LEFT_GONION = "chin_left_gonion"
    CHIN_RIGHT_GONION = "chin_right_gonion"
    LEFT_CHEEK_CENTER = "left_cheek_center"
    RIGHT_CHEEK_CENTER = "right_cheek_center"


class FaceLandmark(Value):
    """Where a point of a face is. `z` is its depth in the same pixels, from about 0 at the eyes; negative is nearer."""

    kind: FaceLandmarkKind
    x: float
    y: float
    z: float = 0.0


class Face(Value):
    """A face: `polygon` around its skin, `head` around all of the head.

    Angles are degrees, -180…180: `roll` as the face is turned clockwise on the page as submitted, `pan` (positive is
    to the viewer's right as displayed) and `tilt` (positive is up). They and `landmarking_confidence` are None where
    only the box is known.
    """

    polygon: Polygon
    head: Polygon
    landmarks: tuple[FaceLandmark, ...]
    roll: float | None
    pan: float | None
    tilt: float | None
    detection_confidence: float
    landmarking_confidence: float | None
    joy: Likelihood = Likelihood.UNKNOWN
    sorrow: Likelihood = Likelihood.UNKNOWN
    anger: Likelihood = Likelihood.UNKNOWN
    surprise: Likelihood = Likelihood.UNKNOWN
    under_exposed: Likelihood = Likelihood.UNKNOWN
    blurred: Likelihood = Likelihood.UNKNOWN
    headwear: Likelihood = Likelihood.UNKNOWN


class Label(Value):
    """A word for the whole picture. `mid` is a stable id of what it means, where one is known, here and below.

    `topicality` is how much the picture is about it.
    """

    mid: str | None
    description: str
    score: float
    topicality: float


class LocalizedObject(Value):
    mid: str | None
    name: str
    score: float
    polygon: Polygon


class Logo(Value):
    mid: str | None
    name: str
    score: float
    polygon: Polygon


class Coordinates(Value):
    """A place on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float


class Landmark(Value):
    """A known place, such as a building."""

    mid: str | None
    name: str
    score: float
    polygon: Polygon
    locations: tuple[Coordinates, ...]


class SafeSearch(Value):
    """How likely the picture is of such a kind."""

    adult: Likelihood
    spoof: Likelihood
    medical: Likelihood
    violence: Likelihood
    racy: Likelihood


class Colour(Value):
    """A dominant colour: sRGB, 0…255 a channel.

    `pixel_fraction` is its part of the picture's pixels; `score` is how much it strikes the eye, and the scores of all
    colours of a picture add up to 1 (before the least are cut off).
    """

    red: int
    green: int
    blue: int
    score: float
    pixel_fraction: float


class CropHint(Value):
    """A crop of a wanted aspect ratio. Hints are in the order of the ratios.

    `importance_fraction` is the part of what matters in the picture that lies inside; `confidence` is how much
    denser it is inside than outside: about 0.5 in a picture that is the same all over, 1 where none is left outside.
    """

    polygon: Polygon
    confidence: float
    importance_fraction: float


class WebEntity(Value):
    """Something the picture is likely to be about. The score has no upper limit and compares within a picture only."""

    id: str | None
    description: str
    score: float


class WebImage(Value):
    url: str
    score: float


class WebPage(Value):
    """A page that shows the picture."""

    url: str
    title: str | None
    score: float
    full_matching: tuple[WebImage, ...] = ()
    partial_matching: tuple[WebImage, ...] = ()


class WebLabel(Value):
    """A best guess at what the picture is of; `language` is a BCP-47 code."""

    label: str
    language: str | None


class Web(Value):
    """What is known elsewhere about the picture: in galleries, for the open web is not searched."""

    entities: tuple[WebEntity, ...] = ()
    full_matching: tuple[WebImage, ...] = ()
    partial_matching: tuple[WebImage, ...] = ()
    similar: tuple[WebImage, ...] = ()
    pages: tuple[WebPage, ...] = ()
    best_guesses: tuple[WebLabel, ...] = ()


class MissingFeature(Value):
    """A feature that was asked for and could not be answered.

    `model` is what `stele models pull` fetches for it; None where a gallery is what it lacks.
    """

    feature: Feature
    model: str | None


class Annotations(Value, omit_defaults=True):
    """All that was found in one picture."""

    faces: tuple[Face, ...] = ()
    labels: tuple[Label, ...] = ()
    objects: tuple[LocalizedObject, ...] = ()
    logos: tuple[Logo, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    safe_search: SafeSearch | None = None
    colours: tuple[Colour, ...] = ()
    crop_hints: tuple[CropHint, ...] = ()
    web: Web | None = None
    missing: tuple[MissingFeature, ...] = ()
