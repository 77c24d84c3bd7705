"""Which points of the mesh make which landmark.

The numbers are those of MediaPipe's face mesh (canonical_face_model). Left and right are the viewer's: the mesh's own
"right eye" is the left one here. A landmark of several points is their mean.
"""

from __future__ import annotations

from stele.domain.annotation import FaceLandmarkKind as Kind

MESH_POINTS: dict[Kind, tuple[int, ...]] = {
    Kind.LEFT_EYE: (468,),
    Kind.RIGHT_EYE: (473,),
    Kind.LEFT_OF_LEFT_EYEBROW: (70, 46),
    Kind.RIGHT_OF_LEFT_EYEBROW: (107, 55),
    Kind.LEFT_OF_RIGHT_EYEBROW: (336, 285),
    Kind.RIGHT_OF_RIGHT_EYEBROW: (300, 276),
    Kind.MIDPOINT_BETWEEN_EYES: (168,),
    Kind.NOSE_TIP: (1,),
    Kind.UPPER_LIP: (0, 13),
    Kind.LOWER_LIP: (14, 17),
    Kind.MOUTH_LEFT: (61,),
    Kind.MOUTH_RIGHT: (291,),
    Kind.MOUTH_CENTER: (13, 14),
    Kind.NOSE_BOTTOM_RIGHT: (327,),
    Kind.NOSE_BOTTOM_LEFT: (98,),
    Kind.NOSE_BOTTOM_CENTER: (2,),
    Kind.LEFT_EYE_TOP_BOUNDARY: (159,),
    Kind.LEFT_EYE_RIGHT_CORNER: (133,),
    Kind.LEFT_EYE_BOTTOM_BOUNDARY: (145,),
    Kind.LEFT_EYE_LEFT_CORNER: (33,),
    Kind.RIGHT_EYE_TOP_BOUNDARY: (386,),
    Kind.RIGHT_EYE_RIGHT_CORNER: (263,),
    Kind.RIGHT_EYE_BOTTOM_BOUNDARY: (374,),
    Kind.RIGHT_EYE_LEFT_CORNER: (362,),
    Kind.LEFT_EYEBROW_UPPER_MIDPOINT: (105,),
    Kind.RIGHT_EYEBROW_UPPER_MIDPOINT: (334,),
    Kind.LEFT_EAR_TRAGION: (234,),
    Kind.RIGHT_EAR_TRAGION: (454,),
    Kind.FOREHEAD_GLABELLA: (9,),
    Kind.CHIN_GNATHION: (152,),
    Kind.CHIN_LEFT_GONION: (58, 172),
    Kind.CHIN_RIGHT_GONION: (288, 397),
    Kind.LEFT_CHEEK_CENTER: (50, 205),
    Kind.RIGHT_CHEEK_CENTER: (280, 425),
}
#: what the detector itself says, where the mesh does not fit
DETECTED: tuple[Kind, ...] = (Kind.LEFT_EYE, Kind.RIGHT_EYE, Kind.NOSE_TIP, Kind.MOUTH_LEFT, Kind.MOUTH_RIGHT)
#: the outline of the mesh, from the top of the forehead around
TOP_OF_FOREHEAD, CHIN = 10, 152
