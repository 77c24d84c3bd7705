"""The door of annotators: which one answers a feature, made when it is first needed from a model that is installed.

Whether a model is installed is looked at anew each time until it is: after `stele models pull` a running server
answers without being started again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from stele.domain.errors import ModelDamaged
from stele.domain.job import Feature
from stele.domain.models import Model, model_named
from stele.pipeline.annotation.annotating import MODEL_FREE, MODELS
from stele.pipeline.annotation.seam import Annotator, Annotators

#: projects whose galleries are kept ready in a process: those asked for last
_READY = 8


class AnnotatorChooser:
    """Makes annotators, each at most once. One a process, for one thread."""

    def __init__(self, models: Path, galleries: Path) -> None:
        """`models`: the folder that `stele models pull` fills. `galleries`: that of `stele gallery`."""
        self._models, self._galleries = models, galleries
        self._made: dict[Feature, Annotator] = {}
        self._searching: dict[str, Annotators] = {}

    def of(self, project: str) -> Annotators:
        """The annotators for pictures of a project: those that look into galleries look into its own only."""
        from stele.pipeline.annotation.galleries.searching import Searching

        found = self._searching.pop(project, None) or Searching(self, self._models, self._galleries / project)
        self._searching[project] = found
        if len(self._searching) > _READY:
            del self._searching[next(iter(self._searching))]
        return found

    def annotator_for(self, feature: Feature) -> Annotator | None:
        """None where it needs a model that is not installed, or a gallery. Raises ModelDamaged."""
        found = MODEL_FREE.annotator_for(feature) or self._made.get(feature)
        if found is None:
            found = _custom(feature, self._models)
            if found is None and feature in _MAKERS and installed(model_named(MODELS[feature]), self._models):
                found = self._make(feature)
            if found is not None:
                self._made[feature] = found
        return found

    def _make(self, feature: Feature) -> Annotator:
        try:
            return _MAKERS[feature]()(self._models)
        except (RuntimeError, ValueError, KeyError, zipfile.BadZipFile, msgspec.MsgspecError) as error:
            name = MODELS[feature]
            reason = f"it cannot be loaded ({type(error).__name__}). Run: stele models pull {name}"
            raise ModelDamaged(file="A file", model=name, reason=reason) from error


def installed(model: Model, models: Path) -> bool:
    """Whether all files of a model lie in the folder, by their sizes; `stele models verify` looks at every byte."""
    return all(_size(models / file.path) == file.size for file in model.files)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _custom(feature: Feature, models: Path) -> Annotator | None:
    """The user's own model for a feature, if there is one. Raises ModelDamaged."""
    if not (models / "custom" / f"{feature}.toml").exists():
        return None
    from stele.pipeline.annotation.custom import custom_annotator

    return custom_annotator(feature, models)


# Each is imported when it is needed: OpenVINO is not for processes that never annotate.


def _labels() -> Callable[[Path], Annotator]:
    from stele.pipeline.annotation.labelling import LabelAnnotator

    return LabelAnnotator


def _objects() -> Callable[[Path], Annotator]:
    from stele.pipeline.annotation.objects import ObjectAnnotator

    return ObjectAnnotator


def _faces() -> Callable[[Path], Annotator]:
    from stele.pipeline.annotation.faces.annotator import FaceAnnotator

    return FaceAnnotator


def _safe_search() -> Callable[[Path], Annotator]:
    from stele.pipeline.annotation.safe_search import SafeSearchAnnotator

    return SafeSearchAnnotator


_MAKERS: Mapping[Feature, Callable[[], Callable[[Path], Annotator]]] = {
    Feature.LABELS: _labels,
    Feature.OBJECTS: _objects,
    Feature.FACES: _faces,
    Feature.SAFE_SEARCH: _safe_search,
}
