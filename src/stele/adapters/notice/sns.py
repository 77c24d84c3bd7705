"""Notices to topics of Amazon SNS, or of what speaks like it, through boto3.

Used by the supervisor's notice thread only. The operator says where SNS is and with whose credentials it is called;
a caller only names the topic. So callers are told the kind of a failure; what SNS says of the operator's account, or
where it was looked for, is for the log.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from stele.adapters.notice.webhook import delay_before
from stele.domain.job import Job
from stele.domain.value import Value
from stele.service.notify import Attempt, NoticeSender
from stele.service.records import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

#: A dialect's notice, as text.
TopicMessage = Callable[[Job], str]

log = structlog.get_logger()

_SECONDS = 10.0


class SnsAccess(Value):
    """How SNS is reached. Without an `endpoint` it is Amazon's, of the topic's region; `credentials` are obstore's
    names, without them those of the machine."""

    endpoint: str | None = None
    credentials: Mapping[str, str] = {}


class SnsSender(NoticeSender):
    """See `stele.service.notify.NoticeSender`. `messages` maps a dialect's name to its notice."""

    def __init__(self, access: SnsAccess, messages: Mapping[str, TopicMessage]) -> None:
        self._access = access
        self._messages = messages
        self._clients: dict[str, SNSClient] = {}

    def send(self, notice: Notice, job: Job) -> Attempt:
        from botocore.exceptions import BotoCoreError, ClientError

        text = self._messages[notice.dialect](job)
        try:
            answer = self._client(notice.target.split(":")[3]).publish(TopicArn=notice.target, Message=text)
            return Attempt(
                outcome="delivered",
                status=answer["ResponseMetadata"]["HTTPStatusCode"],
                error=None,
                retry_in=None,
            )
        except ClientError as error:
            log.warning("SNS did not take a notice", job=notice.job, topic=notice.target, error=str(error))
            refusal = error.response
            said = f"SNS answered {refusal['Error']['Code']}."
            return _failed(notice, refusal["ResponseMetadata"]["HTTPStatusCode"], said)
        except BotoCoreError as error:
            log.warning("SNS could not be called", job=notice.job, topic=notice.target, error=str(error))
            return _failed(notice, None, "SNS could not be called; the server's log says why.")

    def _client(self, region: str) -> SNSClient:
        # 0.3 s and 30 MB, which a supervisor without topics need not have.
        import boto3
        from botocore.config import Config

        if region not in self._clients:
            given = self._access.credentials
            self._clients[region] = boto3.client(
                "sns",
                region_name=region,
                endpoint_url=self._access.endpoint,
                aws_access_key_id=_first(given, "aws_access_key_id", "access_key_id"),
                aws_secret_access_key=_first(given, "aws_secret_access_key", "secret_access_key"),
                aws_session_token=_first(given, "aws_session_token", "session_token"),
                # The outbox is what tries again.
                config=Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 1}),
            )
        return self._clients[region]


def _first(given: Mapping[str, str], *names: str) -> str | None:
    return next((given[name] for name in names if name in given), None)


def _failed(notice: Notice, status: int | None, error: str) -> Attempt:
    retry_in = delay_before(notice.attempt + 1, random.random())
    return Attempt(outcome="given-up" if retry_in is None else "retry", status=status, error=error, retry_in=retry_in)
