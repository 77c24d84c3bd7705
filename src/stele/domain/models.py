"""The models that `stele models` knows: what they answer, where they come from, and how their files are told apart.

Nothing is ever downloaded unless somebody asks for it (`stele models pull`). Origins are pinned to a commit or a
release, and every file to its sha256. How pixels go in and scores come out is told where a model is used:
`stele.pipeline.annotation`.
"""

from __future__ import annotations

from stele.domain.errors import UnknownModel
from stele.domain.job import Feature
from stele.domain.value import Value


class ModelFile(Value):
    """A file of a model: `path` below the folder of models, `size` in bytes."""

    path: str
    url: str
    sha256: str
    size: int


class Model(Value):
    """A model, or some that work together: what `stele models pull NAME` fetches."""

    name: str
    feature: Feature
    version: str
    licence: str
    about: str
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def _raw(repository: str, commit: str, path: str) -> str:
    return f"https://raw.githubusercontent.com/{repository}/{commit}/{path}"


_CORAL = ("google-coral/test_data", "104342d2d3480b3e66203073dac24f4e2dbb4c41")
_FACE_API = ("justadudewhohacks/face-api.js", "a86f011d72124e5fb93e59d5c4ab98f699dd5c9c")
_NSFW = ("infinitered/nsfwjs", "d55a54c51f14380670064cc129b2ea51029c5e46")

MODELS: tuple[Model, ...] = (
    Model(
        name="faces",
        feature=Feature.FACES,
        version="1",
        licence="Apache-2.0 (YuNet, MediaPipe face mesh), MIT (expressions of face-api.js)",
        about="Finds faces, their points, how they are turned, and four expressions.",
        files=(
            ModelFile(
                path="face/yunet_n_dynamic.onnx",
                url=_raw(
                    "ShiqiYu/libfacedetection.train",
                    "0047ac24afb1a50a0c6105001c89d1b5b805dbf1",
                    "onnx/yunet_n_dynamic.onnx",
                ),
                sha256="104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
                size=322_906,
            ),
            ModelFile(
                path="face/face_landmarker.task",
                url=_raw(
                    "google-ai-edge/mediapipe-samples",
                    "ece8a1f99726a364509be9d07835a69ef65d3e35",
                    "examples/face_landmarker/ios/FaceLandmarker/face_landmarker.task",
                ),
                sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
                size=3_758_596,
            ),
            ModelFile(
                path="expression/face_expression_model-shard1",
                url=_raw(*_FACE_API, "weights/face_expression_model-shard1"),
                sha256="9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
                size=329_468,
            ),
            ModelFile(
                path="expression/face_expression_model-weights_manifest.json",
                url=_raw(*_FACE_API, "weights/face_expression_model-weights_manifest.json"),
                sha256="960cbe959fe0328965dd18662d839f197df6e27607da4f726cd0c826e47fc936",
                size=6_384,
            ),
        ),
    ),
    Model(
        name="labels",
        feature=Feature.LABELS,
        version="1",
        licence="Apache-2.0 (MobileNet v2 on ImageNet, TensorFlow)",
        about="Names what a picture shows, out of 1,000 classes and their parents.",
        files=(
            ModelFile(
                path="label/tf2_mobilenet_v2_1.0_224_ptq.tflite",
                url=_raw(*_CORAL, "tf2_mobilenet_v2_1.0_224_ptq.tflite"),
                sha256="5d3137241276e79c86d14a74fe43581398ae0e815191d3dba45495b810840e8c",
                size=4_070_174,
            ),
        ),
    ),
    Model(
        name="objects",
        feature=Feature.OBJECTS,
        version="1",
        licence="Apache-2.0 (YOLOX nano on COCO)",
        about="Finds things of 80 kinds, and where they are.",
        files=(
            ModelFile(
                path="object/yolox_nano.onnx",
                url="https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx",
                sha256="c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
                size=3_659_407,
            ),
        ),
    ),
    Model(
        name="safe-search",
        feature=Feature.SAFE_SEARCH,
        version="1",
        licence="MIT (nsfwjs, MobileNet v2)",
        about="Tells how likely a picture is adult or racy.",
        files=(
            ModelFile(
                path="safe_search/model.json",
                url=_raw(*_NSFW, "models/mobilenet_v2/model.json"),
                sha256="11846416217e68bf1eb7b0e651bcfd305973566453c63275bbd16766ab089979",
                size=128_945,
            ),
            ModelFile(
                path="safe_search/group1-shard1of1",
                url=_raw(*_NSFW, "models/mobilenet_v2/group1-shard1of1"),
                sha256="8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13",
                size=2_619_461,
            ),
        ),
    ),
    Model(
        name="embedding",
        feature=Feature.WEB,
        version="1",
        licence="Apache-2.0 (MobileNet v1, TensorFlow)",
        about="Finds similar pictures in galleries.",
        files=(
            ModelFile(
                path="embedding/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",
                url=_raw(*_CORAL, "mobilenet_v1_1.0_224_quant_embedding_extractor.tflite"),
                sha256="f409ef4f73fcbb9667841965623c5c8524aac33d41b9bf5f3667161fb4a76319",
                size=3_251_736,
            ),
        ),
    ),
)

_BY_NAME = {model.name: model for model in MODELS}


def model_named(name: str) -> Model:
    """Raises UnknownModel."""
    if name not in _BY_NAME:
        raise UnknownModel(model=name, known=", ".join(_BY_NAME))
    return _BY_NAME[name]


def path_of(name: str, ending: str) -> str:
    """The path of the one file of a model that ends so."""
    (path,) = (file.path for file in _BY_NAME[name].files if file.path.endswith(ending))
    return path
