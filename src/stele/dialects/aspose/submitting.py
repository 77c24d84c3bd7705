"""What is asked for as a job."""

from __future__ import annotations

from typing import Final

import msgspec

from stele.dialects.aspose.ids import task_id
from stele.dialects.aspose.operations import Entry, Kind, Operation
from stele.dialects.aspose.requests import Asking, Box, asking_of, image_of, text_of
from stele.domain.errors import InputError, LimitError, RequestError
from stele.domain.job import (
    Asked,
    Cleaning,
    CleaningStep,
    Feature,
    Format,
    Job,
    JobOptions,
    Layout,
    MissingPack,
    Speech,
)
from stele.domain.media import HEAD_BYTES, MediaType, sniff
from stele.domain.value import Value, changed
from stele.service.core import Core, Principal
from stele.service.names import new_job_id
from stele.service.records import Retention, RetentionStart
from stele.service.submit import FailedInput, Submission, Tailored, submit
from stele.service.uploads import receive_whole

DIALECT: Final = "aspose"

_DAY: Final = 86_400
#: from the moment the request was made, as the vendor has it
_RETENTION: Final = Retention(seconds=_DAY, counted_from=RetentionStart.ACCEPTED)
_NO_SPELL_CHECK: Final = "makeSpellCheck has no effect on this server: the text is what was read."

#: what a worker makes when all is read
_FORMATS: Final = {Entry.PDF: Format.PDF, Entry.EXCEL: Format.XLSX}
#: results that show the picture, and so every filter that it was put through
_PICTURES: Final = frozenset({Entry.PDF, Entry.IMAGE})
#: reading does these itself, and says where words stand on the page as it was submitted
_NOT_FOR_READING: Final = frozenset({CleaningStep.CONTRAST, CleaningStep.DESKEW})
_NO_DJVU: Final = "the file is not DjVu; RecognizeImage and RecognizePdf make a PDF of the other formats"
#: no file name travels with a request
_NAME: Final = "image"
_NOTHING: Final = Asked(features=())


class Remembered(Value):
    """What is kept with a job beside its options."""

    operation: str
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    #: those of the entries that are what the input was turned into, not an export of what was read
    made: tuple[Entry, ...] = ()


_remembered = msgspec.json.Decoder(Remembered)


def remembered(job: Job) -> Remembered:
    """Of a job of this dialect."""
    assert job.options.dialect_request is not None
    return _remembered.decode(job.options.dialect_request)


def begin(core: Core, principal: Principal, operation: Operation, body: bytes) -> str:
    """Make a job of a request, and give the id of the task when it is durable. Raises Invalid, and what `submit`
    raises."""
    match operation.kind:
        case Kind.READ:
            return _begin_reading(core, principal, operation, asking_of(operation, body))
        case Kind.SPEAK:
            return _begin_speech(core, principal, operation, text_of(body))
        case Kind.CLEAN | Kind.LAY_OUT:
            return begin_with(core, principal, operation, image_of(body))


def begin_with(core: Core, principal: Principal, operation: Operation, image: bytes) -> str:
    """`begin` for an operation that is given nothing but an image. Raises what `submit` raises."""
    given = Remembered(operation=operation.name, entries=operation.entries, made=operation.entries)
    job = new_job_id()
    upload = receive_whole(core, job, 0, _NAME, image)
    if operation.kind is Kind.CLEAN:
        made = Tailored(input=upload, asked=_NOTHING, max_pages=1, made=Cleaning(steps=operation.order))
    elif sniff(upload.head) is MediaType.DJVU:
        made = Tailored(input=upload, asked=_NOTHING, made=Layout())
    else:
        made = Tailored(input=FailedInput(failure=RequestError(reason=_NO_DJVU).failure()))
    return _submitted(core, principal, _submission(job, (made,), JobOptions(), given))


def _begin_speech(core: Core, principal: Principal, operation: Operation, text: str) -> str:
    given = Remembered(operation=operation.name, entries=operation.entries, made=operation.entries)
    job = new_job_id()
    spoken = Tailored(
        input=receive_whole(core, job, 0, "text", text.encode()), asked=_NOTHING, made=Speech(language="en")
    )
    return _submitted(core, principal, _submission(job, (spoken,), JobOptions(), given), spoken=True)


def _begin_reading(core: Core, principal: Principal, operation: Operation, asking: Asking) -> str:
    """One input, or, where regions are asked for, one for each: all of the same bytes."""
    features = (Feature.TEXT, *operation.features)
    if Entry.CSV in asking.entries or Entry.EXCEL in asking.entries:
        features = (*features, Feature.TABLES)
    if asking.entries == (Entry.IMAGE,):
        features = ()
    languages = () if asking.language.code == "en" else (asking.language.code,)
    formats = tuple(_FORMATS[entry] for entry in asking.entries if entry in _FORMATS)
    warnings = [asking.language.warning] if asking.language.warning else []
    if asking.spell_check:
        warnings.append(_NO_SPELL_CHECK)
    given = Remembered(
        operation=operation.name,
        entries=asking.entries,
        made=tuple(entry for entry in asking.entries if entry is Entry.IMAGE),
        warnings=tuple(warnings),
    )
    options = JobOptions(languages=languages, features=features, formats=formats, missing_pack=MissingPack.NEAREST)
    job = new_job_id()
    upload = receive_whole(core, job, 0, _NAME, asking.image)
    inputs = tuple(
        Tailored(
            input=upload,
            asked=Asked(languages=languages, features=options.features),
            made=_made(asking, box),
            max_pages=1 if Entry.IMAGE in asking.entries else None,
        )
        for box in asking.boxes or (None,)
    )
    return _submitted(core, principal, _submission(job, inputs, options, given))


def _made(asking: Asking, box: Box | None) -> Cleaning | None:
    """What is done to the pages before they are read, if anything.

    Pages of a PDF or an office file are left as they are, but for what moves them: their text may be exact, and a
    picture of it is not. (Clients ask for black and white where their users say nothing.)"""
    steps = asking.steps
    kind = sniff(asking.image[:HEAD_BYTES])
    if kind is not None and (kind is MediaType.PDF or kind.needs_layout):
        steps = ()
    elif _PICTURES.isdisjoint(asking.entries):
        steps = tuple(step for step in steps if step not in _NOT_FOR_READING)
    if not steps and not asking.turn and box is None and Entry.IMAGE not in asking.entries:
        return None
    return Cleaning(crop=None if box is None else box.box, turn=asking.turn, steps=steps)


def _submission(job: str, inputs: tuple[Tailored, ...], options: JobOptions, given: Remembered) -> Submission:
    return Submission(
        job=job,
        dialect=DIALECT,
        inputs=inputs,
        options=changed(options, dialect_request=msgspec.json.encode(given).decode()),
        retention=_RETENTION,
        # Bytes that nobody can read are taken, and their task ends with an error.
        tolerated=(InputError, LimitError),
    )


def _submitted(core: Core, principal: Principal, submission: Submission, *, spoken: bool = False) -> str:
    return task_id(submit(core, principal, submission).job.id, spoken=spoken)
