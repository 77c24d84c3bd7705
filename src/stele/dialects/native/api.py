"""The table of all endpoints, and the routes made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from stele.dialects.context import DialectContext
from stele.dialects.native import buckets, events, jobs, project, results, submitting
from stele.dialects.native.endpoint import Answer, Endpoint, routes_of
from stele.dialects.native.openapi import openapi
from stele.dialects.native.problems import DOCS, problem
from stele.dialects.native.reference import CONTENT_SECURITY_POLICY, reference_page
from stele.dialects.native.schema import (
    BucketsView,
    BucketView,
    DeliveriesView,
    ExportQuery,
    JobQuery,
    JobsQuery,
    JobsView,
    JobView,
    NewBucket,
    NoQuery,
    ObjectsQuery,
    ObjectsView,
    ObjectView,
    Options,
    PagesQuery,
    PagesView,
    ProjectView,
    SubmitBody,
)
from stele.dialects.native.views import PREFIX
from stele.domain.errors import (
    AddressForbidden,
    AddressUnknown,
    BodyStalled,
    BodyTooLarge,
    BucketExists,
    BucketNotFound,
    BucketUnreachable,
    EmptyInput,
    FileTooLarge,
    FormatUnavailable,
    IdempotencyMismatch,
    JobNotFound,
    MethodUnknown,
    NoResult,
    ObjectNotFound,
    ResultNotReady,
    SteleError,
    StorageFull,
    TooManyItems,
    TooManyJobs,
    UnknownFormat,
    UnknownLanguage,
    UnknownOption,
    UnsupportedBody,
)

_RESULT_ERRORS: tuple[type[SteleError], ...] = (JobNotFound, ResultNotReady, NoResult)
_OBJECT_ERRORS: tuple[type[SteleError], ...] = (BucketNotFound, ObjectNotFound, BucketUnreachable)
_BODY_ERRORS: tuple[type[SteleError], ...] = (BodyTooLarge, BodyStalled)
_IF_NONE_MATCH = {"If-None-Match": "The `ETag` of what the caller has; the answer is 304 when it is still right."}

#: Endpoints differ in the type of their query, which only their own handler cares about.
ENDPOINTS: Sequence[Endpoint[Any]] = (
    Endpoint(
        method="POST",
        path="/jobs",
        summary="Submit documents",
        handle=submitting.submit_job,
        query=NoQuery,
        bodies={submitting.FORM: Options, submitting.JSON: SubmitBody},
        headers={"Idempotency-Key": "Makes sending the same request again harmless. 1 to 255 characters."},
        answers={
            202: Answer(description="The job is accepted; `Location` says where it is.", body=JobView),
            200: Answer(description="The job that this Idempotency-Key made before.", body=JobView),
        },
        errors=(
            *_BODY_ERRORS,
            UnsupportedBody,
            UnknownOption,
            UnknownLanguage,
            UnknownFormat,
            EmptyInput,
            FileTooLarge,
            TooManyItems,
            AddressForbidden,
            BucketNotFound,
            ObjectNotFound,
            BucketUnreachable,
            IdempotencyMismatch,
            TooManyJobs,
            StorageFull,
        ),
    ),
    Endpoint(
        method="GET",
        path="/jobs",
        summary="List jobs",
        handle=jobs.list_jobs,
        query=JobsQuery,
        answers={200: Answer(description="Jobs, newest first.", body=JobsView)},
        errors=(UnknownOption,),
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job}",
        summary="Look at a job, or wait for it",
        handle=jobs.get_job,
        query=JobQuery,
        answers={200: Answer(description="The job.", body=JobView)},
        errors=(JobNotFound,),
    ),
    Endpoint(
        method="DELETE",
        path="/jobs/{job}",
        summary="Cancel a job",
        handle=jobs.cancel_job,
        query=NoQuery,
        answers={200: Answer(description="The job as it is now.", body=JobView)},
        errors=(JobNotFound,),
    ),
    Endpoint(
        method="POST",
        path="/jobs/{job}/forget",
        summary="Delete a job and its results",
        handle=jobs.forget_job,
        query=NoQuery,
        answers={204: Answer(description="It is gone.")},
        errors=(JobNotFound,),
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job}/events",
        summary="Follow a job",
        handle=events.stream_events,
        query=NoQuery,
        headers={"Last-Event-ID": "The `id` of the last event received, when reconnecting."},
        answers={
            200: Answer(
                description="Server-sent events; the data of each is a ProgressView.", media_type="text/event-stream"
            ),
            204: Answer(description="The last event was received before."),
        },
        errors=(JobNotFound,),
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job}/pages",
        summary="Read pages",
        handle=results.get_pages,
        query=PagesQuery,
        answers={200: Answer(description="Pages in the canonical form.", body=PagesView)},
        errors=_RESULT_ERRORS,
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job}/export",
        summary="Download a result",
        handle=results.get_export,
        query=ExportQuery,
        headers=_IF_NONE_MATCH,
        answers={
            200: Answer(description="The rendered document, as an attachment.", media_type="*/*"),
            304: Answer(description="The caller has it already."),
        },
        errors=(*_RESULT_ERRORS, FormatUnavailable, UnknownOption),
    ),
    Endpoint(
        method="GET",
        path="/jobs/{job}/deliveries",
        summary="See what became of the webhook",
        handle=jobs.list_deliveries,
        query=NoQuery,
        answers={200: Answer(description="Attempts to deliver, oldest first.", body=DeliveriesView)},
        errors=(JobNotFound,),
    ),
    Endpoint(
        method="GET",
        path="/buckets",
        summary="List buckets",
        handle=buckets.list_buckets,
        query=NoQuery,
        answers={200: Answer(description="The project's buckets.", body=BucketsView)},
    ),
    Endpoint(
        method="POST",
        path="/buckets",
        summary="Make a bucket",
        handle=buckets.create_bucket,
        query=NoQuery,
        bodies={submitting.JSON: NewBucket},
        answers={201: Answer(description="The bucket.", body=BucketView)},
        errors=(*_BODY_ERRORS, BucketExists),
    ),
    Endpoint(
        method="GET",
        path="/buckets/{bucket}/objects",
        summary="List objects",
        handle=buckets.list_objects,
        query=ObjectsQuery,
        answers={200: Answer(description="Objects, sorted by key.", body=ObjectsView)},
        errors=(BucketNotFound, BucketUnreachable),
    ),
    Endpoint(
        method="PUT",
        path="/buckets/{bucket}/objects/{key:path}",
        summary="Store an object",
        handle=buckets.put_object,
        query=NoQuery,
        bodies={"*/*": None},
        answers={200: Answer(description="The object.", body=ObjectView)},
        errors=(*_BODY_ERRORS, BucketNotFound, BucketUnreachable, StorageFull),
    ),
    Endpoint(
        method="GET",
        path="/buckets/{bucket}/objects/{key:path}",
        summary="Download an object",
        handle=buckets.get_object,
        query=NoQuery,
        headers=_IF_NONE_MATCH,
        answers={
            200: Answer(description="The bytes, with the type they were stored with.", media_type="*/*"),
            304: Answer(description="The caller has it already."),
        },
        errors=_OBJECT_ERRORS,
    ),
    Endpoint(
        method="DELETE",
        path="/buckets/{bucket}/objects/{key:path}",
        summary="Delete an object",
        handle=buckets.delete_object,
        query=NoQuery,
        answers={204: Answer(description="It is gone.")},
        errors=_OBJECT_ERRORS,
    ),
    Endpoint(
        method="GET",
        path="/project",
        summary="See limits and load",
        handle=project.get_project,
        query=NoQuery,
        answers={200: Answer(description="The project.", body=ProjectView)},
    ),
)


def routes(context: DialectContext) -> list[BaseRoute]:
    """`/api/v1`, `/api/openapi.json` and `/api/docs`."""
    router = Router(routes_of(ENDPOINTS, context), redirect_slashes=False)
    document, page = openapi(ENDPOINTS), reference_page(ENDPOINTS)
    return [
        Mount(PREFIX, app=_told_as_problems(router)),
        _fixed("/api/openapi.json", document, "application/json", {}),
        _fixed(DOCS, page, "text/html", {"content-security-policy": CONTENT_SECURITY_POLICY}),
    ]


def _fixed(path: str, body: bytes, media_type: str, headers: dict[str, str]) -> Route:
    answer = Response(body, headers={"x-content-type-options": "nosniff", **headers}, media_type=media_type)
    return Route(path, answer, methods=["GET"])


def _told_as_problems(router: Router) -> ASGIApp:
    """Paths and methods that do not exist are problems too, in the words of this dialect."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await router(scope, receive, send)
        except HTTPException as error:
            response = problem(_unknown(scope, error), scope["path"])
            if error.headers:
                response.headers.update(error.headers)
            await response(scope, receive, send)

    return app


def _unknown(scope: Scope, error: HTTPException) -> SteleError:
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodUnknown(path=scope["path"], method=scope["method"], allowed=allowed)
    return AddressUnknown(path=scope["path"])
