"""The error table: one class a case, the docstring is the message, the attributes are the contract.

A docstring may name details in braces; the raiser gives them as keywords: `raise JobNotFound(job="…")`.
Dialects own only the spelling (HTTP status, exception name, state code) and look it up by `code` or by family.
Families are the direct subclasses of `SteleError`; the command line derives its exit codes from them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import ClassVar

from stele.domain.value import Value


class Failure(Value):
    """An error as it is stored and sent: what `SteleError.failure` gives."""

    code: str
    message: str
    retryable: bool = False


class SteleError(Exception):
    """Something went wrong inside Stele. The server's log has the details."""

    code: ClassVar[str] = "internal"
    #: whether the same call may succeed later without any change
    retryable: ClassVar[bool] = False
    #: whether callers may see the details; otherwise they get the base message
    public: ClassVar[bool] = True

    #: which input of the request it is about, counted from 0, where it is about one
    input: int | None = None

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The docstring with its details filled in, on one line."""
        template = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return template.format_map(self.details)

    def failure(self) -> Failure:
        return Failure(code=self.code, message=self.message, retryable=self.retryable)


# -- families ---------------------------------------------------------------------------------------------------------


class InputError(SteleError):
    """The input cannot be read."""

    code = "input.unreadable"


class LimitError(SteleError):
    """The input is over a limit of this server."""

    code = "limit"


class RequestError(SteleError):
    """The request is not valid: {reason}"""

    code = "request.invalid"


class AccessError(SteleError):
    """The credentials do not allow this."""

    code = "access"


class MissingError(SteleError):
    """There is no such thing here."""

    code = "missing"


class ConflictError(SteleError):
    """The request conflicts with the present state: {reason}"""

    code = "conflict"


class QuotaError(SteleError):
    """The project is over its quota; try again later."""

    code = "quota"
    retryable = True


class EngineError(SteleError):
    """The page could not be processed."""

    code = "engine"


class UnavailableError(SteleError):
    """Something this needs is not available on this server."""

    code = "unavailable"


# -- input ------------------------------------------------------------------------------------------------------------


class UnknownFormat(InputError):
    """The content of {name} is none of the supported formats (PDF, TIFF, JPEG, PNG, BMP, GIF, WebP, HEIC, AVIF,
    JPEG 2000, PNM, DjVu; DOC, DOCX, XLS, XLSX, PPT, PPTX, ODT, ODS, ODP, RTF, HTML). Convert it to one of them; the
    file's name does not matter, its content does."""

    code = "input.unknown_format"


class EmptyInput(InputError):
    """The file {name} is empty. Check that the upload or export that made it was complete."""

    code = "input.empty"


class CorruptInput(InputError):
    """The file {name} is damaged and cannot be opened: {reason}. Export or scan it again."""

    code = "input.corrupt"


class PasswordRequired(InputError):
    """The file {name} is encrypted. Give its password."""

    code = "input.password_required"


class PasswordWrong(InputError):
    """The password does not open {name}. Check it and submit again."""

    code = "input.password_wrong"


class PageSelectionEmpty(InputError):
    """None of the pages asked for exists; the document has {pages}."""

    code = "input.no_such_page"


class CorruptPage(InputError):
    """Page {page} is damaged and cannot be decoded: {reason}. The other pages are not affected."""

    code = "input.corrupt_page"


class FetchFailed(InputError):
    """The address could not be opened: {reason}"""

    code = "input.fetch_failed"
    retryable = True


class FetchBusy(FetchFailed):
    """The server of the address answered {status}. Try again later."""

    code = "input.fetch_busy"


class FetchRefused(FetchFailed):
    """The server of the address answered {status}. Check that it is right and can be read without signing in."""

    code = "input.fetch_refused"
    retryable = False


# -- limits -----------------------------------------------------------------------------------------------------------


class FileTooLarge(LimitError):
    """The file {name} has {size} bytes; the limit is {limit}. Split or compress it."""

    code = "limit.bytes"


class PageLimitExceeded(LimitError):
    """The file {name} has {pages} pages; the limit is {limit}. Split it."""

    code = "limit.pages"


class SideTooLong(LimitError):
    """Page {page} is {width} x {height} pixels; the limit is {limit} pixels a side. Scale it down."""

    code = "limit.side"


class TooManyPixels(LimitError):
    """Page {page} is {width} x {height} pixels, more than the {limit} pixels a page allowed here. Scale it down."""

    code = "limit.pixels"


class DecompressedTooLarge(LimitError):
    """Decoding {name} would take more than {limit} bytes. It looks like a decompression bomb."""

    code = "limit.decompressed"


class TooManyItems(LimitError):
    """The request has {items} inputs; the limit is {limit}. Send several requests."""

    code = "limit.items"


class BodyTooLarge(LimitError):
    """The body of the request has more than {limit} bytes. Send less at once, files as multipart/form-data, or large
    files by address."""

    code = "limit.body"


# -- requests ---------------------------------------------------------------------------------------------------------


class UnknownLanguage(RequestError):
    """The language {language} is not known. Use BCP-47 codes such as en, zh-Hans, ar."""

    code = "request.unknown_language"


class UnknownOption(RequestError):
    """{option} has the value {value}; allowed are: {allowed}."""

    code = "request.unknown_option"


class UnknownModel(RequestError):
    """There is no model {model}. There are: {known}."""

    code = "request.model.unknown"


class AddressForbidden(RequestError):
    """The address {address} may not be opened from here: {reason}"""

    code = "request.address_forbidden"


class UnsupportedBody(RequestError):
    """The body of the request has the type {given}; understood are: {allowed}."""

    code = "request.unsupported_body"


class BodyStalled(RequestError):
    """The body of the request stopped: no bytes came for {seconds} seconds. Send it again."""

    code = "request.stalled"
    retryable = True


class ChecksumMismatch(RequestError):
    """The bytes of {key} came damaged: they do not have the {digest} that was sent with them. Send them again."""

    code = "request.checksum"
    retryable = True


class MethodUnknown(RequestError):
    """{path} does not take {method}; it takes: {allowed}."""

    code = "request.method"


# -- access, missing, conflict, quota ---------------------------------------------------------------------------------


class Unauthenticated(AccessError):
    """No valid credentials were given. Make some with: stele keys create --project NAME"""

    code = "access.unauthenticated"


class PermissionDenied(AccessError):
    """The project may not {action}."""

    code = "access.denied"


class BucketForbidden(AccessError):
    """The OCR service account may not {verb} in bucket {bucket}: no RoleBinding in the namespace {namespace} gives it
    that permission. Apply a Role with the verb {verb} on buckets, and a RoleBinding to ai-ocr-system-sa."""

    code = "access.bucket"


class ObjectRetained(AccessError):
    """The object {key} in bucket {bucket} may not be deleted or replaced until {until}: the bucket keeps its objects
    for {days} days."""

    code = "access.retained"


class FileForbidden(AccessError):
    """The file {path} may not be read by this user. Check its permissions."""

    code = "access.file"


class AddressUnknown(MissingError):
    """There is nothing at {path}. /api/docs lists what there is."""

    code = "missing.address"


class FileMissing(MissingError):
    """There is no file {path}."""

    code = "missing.file"


class ProjectNotFound(MissingError):
    """There is no project {project}. Make it with: stele keys create --project {project}"""

    code = "missing.project"


class ResourceNotFound(MissingError):
    """There is no {kind} {name} that was applied. List them with: stele get {kind}"""

    code = "missing.resource"


class KeySetNotFound(MissingError):
    """There is no key set {key_set}. List them with: stele keys list"""

    code = "missing.key_set"


class JobNotFound(MissingError):
    """There is no job {job} in this project; results are kept until the job's expires_at."""

    code = "missing.job"


class NoResult(MissingError):
    """The job {job} is {state} and has no result to read; its error says why."""

    code = "missing.result"


class ObjectNotFound(MissingError):
    """There is no object {key} in bucket {bucket}."""

    code = "missing.object"


class UploadNotFound(MissingError):
    """There is no such upload under way: it has ended, was idle for an hour, or the server was started again. Begin
    anew."""

    code = "missing.upload"


class GalleryNotFound(MissingError):
    """There is no gallery {gallery} in the project {project}. Make it with: stele gallery create"""

    code = "gallery.missing"


class GalleryEntryNotFound(MissingError):
    """There is no picture {entry} in the gallery {gallery}."""

    code = "gallery.entry.missing"


class BucketNotFound(MissingError):
    """There is no bucket {bucket} that this project may use. Register it with: stele buckets create {bucket}. Jobs may
    use one of another project where a RoleBinding there lets the OCR service account read-object (inputs) or
    write-object (results)."""

    code = "missing.bucket"


class ResultNotReady(ConflictError):
    """The job {job} is {state}; its result can be fetched when it has ended."""

    code = "conflict.not_ready"
    retryable = True


class GalleryExists(ConflictError):
    """There is a gallery {gallery} already."""

    code = "gallery.exists"


class BucketExists(ConflictError):
    """The bucket name {bucket} is taken; names are unique over the whole server. Choose another."""

    code = "conflict.bucket_exists"


class BucketNotEmpty(ConflictError):
    """The bucket {bucket} is not empty. Delete its objects first."""

    code = "conflict.bucket_not_empty"


class ProjectInUse(ConflictError):
    """The project {project} still has {what}. Delete them first."""

    code = "conflict.project_in_use"


class PreconditionFailed(ConflictError):
    """The object {key} in bucket {bucket} does not have the generation that the request asks for."""

    code = "conflict.precondition"


class IdempotencyMismatch(ConflictError):
    """The idempotency key was used before with a different request. Use a new key for a new request."""

    code = "conflict.idempotency"


class TooManyJobs(QuotaError):
    """The project has {running} jobs under way; the limit is {limit}. Wait until some have ended."""

    code = "quota.jobs"


class TooManyUploads(QuotaError):
    """There are {limit} uploads under way already. Try again when some have ended."""

    code = "quota.uploads"


class TooManyRequests(QuotaError):
    """The project sends more than {limit} requests a second. Slow down."""

    code = "quota.requests"


# -- engines and the machine ------------------------------------------------------------------------------------------


class WorkerDied(EngineError):
    """The worker process ended while it worked on {where}. The page may be damaged or need too much memory."""

    code = "engine.worker_died"
    retryable = True


class TimedOut(EngineError):
    """The work on {where} took longer than {seconds} s and was stopped."""

    code = "engine.timed_out"
    retryable = True


class OutOfMemory(EngineError):
    """The work on {where} needed more memory than allowed. Scale the page down."""

    code = "engine.out_of_memory"


class EngineGarbage(EngineError):
    """The engine gave an answer for {where} that is not valid."""

    code = "engine.garbage"


class EngineMissing(UnavailableError):
    """The engine {engine} is not installed. {remedy}"""

    code = "unavailable.engine"


class ModelDamaged(UnavailableError):
    """{file} of the model {model} is not what it should be: {reason}"""

    code = "model.damaged"


class AnnotationUnavailable(UnavailableError):
    """{feature} cannot be looked for: {remedy}"""

    code = "annotation.unavailable"


class ModelUnavailable(UnavailableError):
    """The model {model} could not be fetched: {reason}"""

    code = "model.unavailable"
    retryable = True


class LayoutMissing(UnavailableError):
    """Office files are laid out by LibreOffice, which is not installed. Install it, e.g.: apt-get install {packages}"""

    code = "unavailable.layout"


class LanguagePackMissing(UnavailableError):
    """The language {language} needs the Tesseract pack {pack}. Install it, e.g.: apt-get install {package}"""

    code = "unavailable.language_pack"


class FormatUnavailable(UnavailableError):
    """The format {format} cannot be made from this input: {reason}"""

    code = "unavailable.format"


class BucketUnreachable(UnavailableError):
    """The bucket {bucket} cannot be reached: {reason}. Check its registration with: stele buckets list"""

    code = "unavailable.bucket"
    retryable = True


class OutputUnwritable(UnavailableError):
    """The output {path} cannot be written: {reason}."""

    code = "unavailable.output"


class StorageFull(UnavailableError):
    """The server's storage is full. Free some space under its data folder, then submit again."""

    code = "unavailable.storage"
    retryable = True


class Cancelled(SteleError):
    """The job was cancelled."""

    code = "cancelled"


def table() -> Iterator[type[SteleError]]:
    """Every error of the table, families first."""

    def below(cls: type[SteleError]) -> Iterator[type[SteleError]]:
        yield cls
        for child in cls.__subclasses__():
            yield from below(child)

    return below(SteleError)
