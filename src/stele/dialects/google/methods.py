"""The methods, by their full gRPC names: the canonical JSON form of a request in, that of the response out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from stele.dialects.context import DialectContext
from stele.dialects.google import files, images, operations
from stele.dialects.google.calls import Reply
from stele.dialects.google.messages import LONG_RUNNING, VISION
from stele.service.core import Principal

#: Raises GoogleError and SteleError cases: `errors.status_of` tells both.
Method: TypeAlias = Callable[[DialectContext, Principal, dict[str, object]], Awaitable[Reply]]

METHODS: Final[Mapping[str, Method]] = {
    f"{VISION}.ImageAnnotator/BatchAnnotateImages": images.batch_annotate_images,
    f"{VISION}.ImageAnnotator/BatchAnnotateFiles": files.batch_annotate_files,
    f"{VISION}.ImageAnnotator/AsyncBatchAnnotateImages": images.async_batch_annotate_images,
    f"{VISION}.ImageAnnotator/AsyncBatchAnnotateFiles": files.async_batch_annotate_files,
    f"{LONG_RUNNING}.Operations/GetOperation": operations.get_operation,
    f"{LONG_RUNNING}.Operations/ListOperations": operations.list_operations,
    f"{LONG_RUNNING}.Operations/CancelOperation": operations.cancel_operation,
    f"{LONG_RUNNING}.Operations/DeleteOperation": operations.delete_operation,
    f"{LONG_RUNNING}.Operations/WaitOperation": operations.wait_operation,
}
