"""The ids of tasks: those of jobs, 36 characters; of speech, with other characters at the front."""

from __future__ import annotations

from typing import Final

from stele.service.names import new_job_id

_SPEECH: Final = "TTS"


def task_id(job: str, *, spoken: bool) -> str:
    """The id by which callers know a job."""
    return _SPEECH + job[len(_SPEECH) :] if spoken else job


def job_of(given: str) -> str:
    """The job that an id names, if there is one; case, quotes and blanks around it do not count.

    What the mark of speech hides is the first twelve bits of the time at which the job was made (its id is a UUID of
    version 7), and these change every two years: they are the last ones that do not lie in the future."""
    job = given.strip(" \t\r\n\"'").lower()
    if not job.startswith(_SPEECH.lower()):
        return job
    now, rest = new_job_id(), job[len(_SPEECH) :]
    first = int(now[: len(_SPEECH)], 16)
    return next(made for made in (f"{first:03x}{rest}", f"{first - 1:03x}{rest}") if made <= now or made[:3] != now[:3])
