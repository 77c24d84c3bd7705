"""The request messages, as far as they mean something here, and what an operation remembers of them.

`google.cloud.vision.v1` and `google.longrunning` without the fields that have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from stele.domain.job import Feature
from stele.domain.value import Value

CLOUD_VISION: Final = "google.cloud.vision"
VISION: Final = f"{CLOUD_VISION}.v1"
LONG_RUNNING: Final = "google.longrunning"

#: The versions of the API and the methods that each has. The messages of all are those of v1, which
#: grew since, in packages of their own.
VERSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "v1": ("BatchAnnotateImages", "BatchAnnotateFiles", "AsyncBatchAnnotateImages", "AsyncBatchAnnotateFiles"),
    "v1p1beta1": ("BatchAnnotateImages",),
    "v1p2beta1": ("BatchAnnotateImages", "AsyncBatchAnnotateFiles"),
    "v1p3beta1": ("BatchAnnotateImages", "AsyncBatchAnnotateFiles"),
    "v1p4beta1": ("BatchAnnotateImages", "BatchAnnotateFiles", "AsyncBatchAnnotateImages", "AsyncBatchAnnotateFiles"),
}


class Message(Value, rename="camel"):
    """A message in its JSON form."""


class FeatureRequest(Message):
    type: str = "TYPE_UNSPECIFIED"
    max_results: int = 0
    model: str = ""


class ImageSource(Message):
    gcs_image_uri: str = ""
    image_uri: str = ""


class Image(Message):
    content: bytes = b""
    source: ImageSource = ImageSource()


class CropHintsParams(Message):
    aspect_ratios: tuple[float, ...] = ()


class TextDetectionParams(Message):
    enable_text_detection_confidence_score: bool = False


class ImageContext(Message):
    language_hints: tuple[str, ...] = ()
    crop_hints_params: CropHintsParams = CropHintsParams()
    text_detection_params: TextDetectionParams = TextDetectionParams()


class GcsSource(Message):
    uri: str = ""


class GcsDestination(Message):
    uri: str = ""


class InputConfig(Message):
    gcs_source: GcsSource | None = None
    mime_type: str = ""
    content: bytes = b""


class OutputConfig(Message, omit_defaults=True):
    gcs_destination: GcsDestination = GcsDestination()
    batch_size: int = 0


class AnnotateImageRequest(Message):
    image: Image = Image()
    features: tuple[FeatureRequest, ...] = ()
    image_context: ImageContext = ImageContext()


class BatchAnnotateImagesRequest(Message):
    requests: tuple[AnnotateImageRequest, ...] = ()
    parent: str = ""


class AnnotateFileRequest(Message):
    input_config: InputConfig = InputConfig()
    features: tuple[FeatureRequest, ...] = ()
    image_context: ImageContext = ImageContext()
    pages: tuple[int, ...] = ()


class BatchAnnotateFilesRequest(Message):
    requests: tuple[AnnotateFileRequest, ...] = ()
    parent: str = ""


class AsyncAnnotateFileRequest(Message):
    input_config: InputConfig = InputConfig()
    features: tuple[FeatureRequest, ...] = ()
    image_context: ImageContext = ImageContext()
    output_config: OutputConfig = OutputConfig()


class AsyncBatchAnnotateFilesRequest(Message):
    requests: tuple[AsyncAnnotateFileRequest, ...] = ()
    parent: str = ""


class AsyncBatchAnnotateImagesRequest(Message):
    requests: tuple[AnnotateImageRequest, ...] = ()
    output_config: OutputConfig = OutputConfig()
    parent: str = ""


class NamedRequest(Message):
    """`GetOperationRequest`, `CancelOperationRequest`, `DeleteOperationRequest`."""

    name: str = ""


class ListOperationsRequest(Message):
    name: str = ""
    filter: str = ""
    page_size: int = 0
    page_token: str = ""
    return_partial_success: bool = False


class WaitOperationRequest(Message):
    name: str = ""
    timeout: str = ""


class Wants(Value, omit_defaults=True):
    """What one request of a batch wants: `features` by Google's names, each once, in the order asked."""

    features: tuple[str, ...]
    max_results: dict[Feature, int] = msgspec.field(default_factory=dict)
    aspect_ratios: tuple[float, ...] = ()
    #: confidences with TEXT_DETECTION too
    confidences: bool = False


class BatchKind(StrEnum):
    IMAGES = "images"
    FILES = "files"


class Remembered(Value, omit_defaults=True):
    """What an operation remembers of its request, in `JobOptions.dialect_request`.

    `parent` is as the operation's name begins. `wants[of[i]]` is what request i wants: many want the same. `outputs`
    has one for all images, or one for each file; `mime_types` are those given for the files. `version` is of the API.
    """

    kind: BatchKind
    parent: str
    wants: tuple[Wants, ...]
    of: tuple[int, ...]
    outputs: tuple[OutputConfig, ...]
    mime_types: tuple[str, ...] = ()
    version: str = "v1"

    def wants_of(self, request: int) -> Wants:
        return self.wants[self.of[request]]


def distinct(wants: Sequence[Wants]) -> tuple[tuple[Wants, ...], tuple[int, ...]]:
    """Each different one once, and for each request which of them it wants."""
    places: dict[bytes, int] = {}
    of = tuple(places.setdefault(msgspec.json.encode(wanted), len(places)) for wanted in wants)
    return tuple(msgspec.json.decode(text, type=Wants) for text in places), of
