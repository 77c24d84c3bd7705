"""Ring 4: wiring only: which adapter sits behind which port, and the entry point of the `stele` command.

The processes of a server are wired here too: `serve` runs in the supervisor, `stele.serving` in the API child, and
worker children wire themselves from the `WorkerSetup` that they are sent (`stele.adapters.dispatch.work.tools_for`).
Imports are inside functions, so that each process loads what it needs and no more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stele.domain.document import Page
from stele.domain.job import Format, Job
from stele.domain.media import Limits
from stele.domain.value import Value
from stele.settings import Settings, environment_of, load

if TYPE_CHECKING:
    from socket import socket

    from stele.adapters.dispatch.messages import WorkerSetup
    from stele.adapters.dispatch.supervisor import ApiChild
    from stele.pipeline.annotation.seam import Annotators
    from stele.pipeline.reading.seam import PageReader
    from stele.service.access import KeySet
    from stele.service.core import Core
    from stele.service.galleries import Galleries
    from stele.service.models import Models


def limits_of(settings: Settings) -> Limits:
    return Limits(
        max_bytes=settings.max_bytes,
        max_pages=settings.max_pages,
        max_side=settings.max_side,
        max_pixels=settings.max_pixels,
        max_decompressed=settings.max_decompressed,
    )


def core_of(settings: Settings) -> Core:
    """The use cases on the embedded adapters. Makes the data folder, readable by its owner only."""
    from stele.adapters.dispatch.messages import policy_of
    from stele.adapters.dispatch.wake import DatagramWake, run_folder
    from stele.adapters.egress.guarded import GuardedEgress
    from stele.adapters.keyfile import master_key
    from stele.adapters.objects.files import FileBlobs
    from stele.adapters.objects.remotes import ObstoreRemotes
    from stele.adapters.store.store import embedded
    from stele.service.core import Core, ServiceRules

    data = Path(settings.data)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Core(
        store=embedded(data / "stele.db"),
        blobs=FileBlobs(data),
        remotes=ObstoreRemotes(settings.credentials),
        wake=DatagramWake(run_folder(data)),
        egress=GuardedEgress(policy_of(worker_setup_of(settings).egress)),
        render=render,
        master_key=master_key(Path(settings.master_key_file or data / "master.key")),
        rules=ServiceRules(
            limits=limits_of(settings),
            max_items=settings.max_items,
            jobs_at_once=settings.jobs_at_once,
            requests_per_second=settings.requests_per_second,
            retention_seconds=settings.retention_seconds,
            max_retention_seconds=settings.max_retention_seconds,
            max_message_bytes=settings.max_message_bytes,
            anonymous_project=settings.anonymous_project,
        ),
    )


def render(form: Format, name: str, pages: Iterable[Page], out: BinaryIO) -> None:
    """`stele.service.ports.Renderer` on the exporters."""
    from stele.pipeline.export.exporting import write
    from stele.pipeline.export.seam import ExportInput

    write(form, ExportInput(name=name, pages=pages), out)


def worker_setup_of(settings: Settings) -> WorkerSetup:
    from stele.adapters.dispatch.messages import EgressSetup, WorkerSetup

    return WorkerSetup(
        command=(sys.executable, "-m", "stele.working"),
        data=str(Path(settings.data).resolve()),
        limits=limits_of(settings),
        workers=settings.worker_count,
        threads=settings.worker_threads,
        precision=settings.precision,
        device=settings.device,
        hidden_text=settings.hidden_text,
        egress=EgressSetup(
            schemes=("https", "http"),
            ports=settings.egress_ports,
            allow=settings.egress_allow,
            deny=settings.egress_deny,
            max_bytes=settings.max_bytes,
            timeout_seconds=settings.egress_seconds,
            ca_file=settings.egress_ca_file,
        ),
        profiles=settings.credentials,
        log_level=settings.log_level,
        log_format=settings.log_format,
    )


def models_folder(settings: Settings) -> Path:
    """Where `stele models pull` puts models, and workers find them."""
    return Path(settings.data) / "models"


def galleries_folder(settings: Settings) -> Path:
    """Where `stele gallery` keeps what it knows."""
    return Path(settings.data) / "galleries"


class Serving(Value):
    """What is told when a server runs: where it listens, and the project and the token that were made for this
    start, None where none were."""

    address: str
    grpc_address: str | None  #: host and port
    s3_address: str | None
    fresh_project: str | None
    fresh_token: str | None


def serve(
    settings: Settings, started: Callable[[Serving], None], issue: Callable[[Core], KeySet | None] | None = None
) -> None:
    """Run a server until SIGTERM or SIGINT: supervisor here, the rest in children. Raises OSError for a taken port,
    and RequestError for a certificate that cannot be used.

    `issue` makes the credentials that are told at the start; `stele.service.access.first_keys` unless given.
    """
    from contextlib import ExitStack

    from stele.adapters.dispatch.supervisor import ApiChild
    from stele.adapters.tls import certificate_of
    from stele.service.access import first_keys

    certificate = certificate_of(settings.tls_cert, settings.tls_key)
    scheme = "http" if certificate is None else "https"
    with ExitStack() as stack:
        listening = stack.enter_context(_listening(settings.host, settings.port))
        s3 = stack.enter_context(_listening(settings.host, settings.s3_port)) if settings.s3_port else None
        _look_at_grpc_port(settings)
        os.environ.update(environment_of(settings))
        core = core_of(settings)
        keys = (issue or first_keys)(core)
        host, port = listening.getsockname()[:2]
        serving = Serving(
            address=f"{scheme}://{host}:{port}",
            grpc_address=f"{host}:{settings.grpc_port}" if settings.grpc_port else None,
            s3_address=f"{scheme}://{host}:{settings.s3_port}" if s3 is not None else None,
            fresh_project=keys.project if keys else None,
            fresh_token=keys.bearer_token if keys else None,
        )
        sockets = tuple(one.fileno() for one in (listening, s3) if one is not None)
        command = (sys.executable, "-m", "stele.serving", ",".join(map(str, sockets)))
        _supervise(settings, core, ApiChild(command=command, sockets=sockets), lambda: started(serving))


def _listening(host: str, port: int) -> socket:
    from socket import create_server

    return create_server((host, port), backlog=1024)


def _look_at_grpc_port(settings: Settings) -> None:
    """gRPC binds its port itself, in the API child; what is wrong with it should be told here, where somebody reads."""
    import socket

    if settings.grpc_port:
        try:
            socket.create_server((settings.host, settings.grpc_port)).close()
        except OSError as error:
            hint = "--grpc-port names another port for gRPC, or 0 for none"
            raise OSError(error.errno, f"{error.strerror}; {hint}") from error


def work(settings: Settings, started: Callable[[], None]) -> None:
    """Run workers only, beside a server on the same data folder, until SIGTERM or SIGINT."""
    _supervise(settings, core_of(settings), None, started)


def _supervise(settings: Settings, core: Core, api: ApiChild | None, started: Callable[[], None]) -> None:
    from stele.adapters.dispatch.messages import policy_of
    from stele.adapters.dispatch.slot import SlotRules
    from stele.adapters.dispatch.supervisor import Supervisor, SupervisorRules
    from stele.adapters.egress.guarded import GuardedEgress
    from stele.adapters.logs import configure
    from stele.adapters.notice.sender import SenderByKind, WebhookSender
    from stele.adapters.notice.sns import SnsAccess, SnsSender
    from stele.adapters.notice.webhook import policy_for_webhooks
    from stele.service.records import NoticeKind

    configure(settings.log_level, settings.log_format)
    setup = worker_setup_of(settings)
    rules = SupervisorRules(
        drain_seconds=settings.drain_seconds,
        slots=SlotRules(
            lease_seconds=settings.lease_seconds,
            page_seconds=settings.page_seconds,
            prepare_seconds=settings.prepare_seconds,
            silence_seconds=settings.silence_seconds,
            max_memory=settings.worker_memory,
            recycle_memory=settings.recycle_memory,
            recycle_pages=settings.recycle_pages,
        ),
    )
    egress = GuardedEgress(policy_for_webhooks(policy_of(setup.egress)))
    sns = SnsAccess(endpoint=settings.sns_endpoint, credentials=settings.profile(settings.sns_credentials))
    sender = SenderByKind(
        {
            NoticeKind.WEBHOOK: WebhookSender(egress, notice_bodies()),
            NoticeKind.SNS: SnsSender(sns, topic_messages()),
        }
    )
    try:
        Supervisor(core, setup, rules, sender, api).run(started)
    finally:
        core.store.close()


def notice_bodies() -> Mapping[str, Callable[..., tuple[str, dict[str, object]]]]:
    """What each dialect's webhook says."""
    from stele.dialects.native.notice import notice

    return {"native": notice}


def topic_messages() -> Mapping[str, Callable[[Job], str]]:
    """What each dialect tells a topic."""
    from stele.dialects.textract.notice import message

    return {"textract": message}


class App:
    """What the command line is handed: see `stele.cli.wiring.Wiring`. Picklable: it holds no more than settings from
    the command line; the others are read when a command needs them, so that it can say what is wrong with them."""

    def __init__(self, overrides: Mapping[str, object]) -> None:
        self._overrides = dict(overrides)

    @property
    def settings(self) -> Settings:
        """Raises RequestError."""
        return load(os.environ, self._overrides)

    def with_overrides(self, overrides: Mapping[str, object]) -> App:
        """The same with settings from the command line; None means not given."""
        return App({**self._overrides, **overrides})

    def limits(self) -> Limits:
        return limits_of(self.settings)

    def core(self) -> Core:
        """The use cases on the data folder of the settings, beside a running server or without one."""
        return core_of(self.settings)

    def serve(self, started: Callable[[Serving], None], issue: Callable[[Core], KeySet | None] | None = None) -> None:
        """See `serve`."""
        serve(self.settings, started, issue)

    def work(self, started: Callable[[], None]) -> None:
        """See `work`."""
        work(self.settings, started)

    def reader(self, threads: int) -> PageReader:
        import cv2

        from stele.pipeline.reading.engines.choosing import EngineChooser
        from stele.pipeline.reading.reader import Reader

        cv2.setNumThreads(threads)  # or the processes of one run would fight for the cores
        settings = self.settings
        cache = Path(settings.data) / "cache" / "models"
        engines = EngineChooser(cache, threads, settings.precision, settings.device)
        return Reader(engines, settings.hidden_text)

    def annotators(self, project: str) -> Annotators:
        from stele.pipeline.annotation.choosing import AnnotatorChooser

        settings = self.settings
        return AnnotatorChooser(models_folder(settings), galleries_folder(settings)).of(project)

    def galleries(self) -> Galleries:
        from stele.adapters.galleries import FolderGalleries

        settings = self.settings
        return FolderGalleries(galleries_folder(settings), models_folder(settings), limits_of(settings))

    def models(self) -> Models:
        from stele.adapters.dispatch.messages import policy_of
        from stele.adapters.egress.guarded import GuardedEgress
        from stele.adapters.models import AddressSource, FolderModels, FolderSource, ModelSource

        settings = self.settings
        place = settings.model_source
        source: ModelSource
        if place is None or "://" in place:
            source = AddressSource(GuardedEgress(policy_of(worker_setup_of(settings).egress)), place)
        else:
            source = FolderSource(Path(place))
        return FolderModels(models_folder(settings), source)


def main() -> None:
    """The `stele` command."""
    from stele.cli.main import run

    run(App({}))
