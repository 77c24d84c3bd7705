"""The methods, by their full gRPC names: the canonical JSON form of a request in, that of the response out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from stele.dialects.context import DialectContext
from stele.dialects.google import files, images, operations
from stele.dialects.google.calls import Reply
from stele.dialects.google.messages import CLOUD_VISION, LONG_RUNNING, VERSIONS
from stele.service.core import Principal

#: Raises GoogleError and SteleError cases: `errors.status_of` tells both.
Method: TypeAlias = Callable[[DialectContext, Principal, dict[str, object]], Awaitable[Reply]]

_ANNOTATOR: Final[Mapping[str, Callable[[str], Method]]] = {
    "BatchAnnotateImages": lambda _: images.batch_annotate_images,
    "BatchAnnotateFiles": lambda _: files.batch_annotate_files,
    "AsyncBatchAnnotateImages": lambda version: partial(images.async_batch_annotate_images, version=version),
    "AsyncBatchAnnotateFiles": lambda version: partial(files.async_batch_annotate_files, version=version),
}

METHODS: Final[Mapping[str, Method]] = {
    **{
        f"{CLOUD_VISION}.{version}.ImageAnnotator/{name}": _ANNOTATOR[name](version)
        for version, names in VERSIONS.items()
        for name in names
    },
    f"{LONG_RUNNING}.Operations/GetOperation": operations.get_operation,
    f"{LONG_RUNNING}.Operations/ListOperations": operations.list_operations,
    f"{LONG_RUNNING}.Operations/CancelOperation": operations.cancel_operation,
    f"{LONG_RUNNING}.Operations/DeleteOperation": operations.delete_operation,
    f"{LONG_RUNNING}.Operations/WaitOperation": operations.wait_operation,
}
