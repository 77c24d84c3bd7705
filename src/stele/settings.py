"""The settings: defaults here, `stele.toml` over them, `STELE_*` environment variables over that.

`docs/reference/settings.md` lists every one of them, and a test holds it to this file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from stele.domain.errors import RequestError
from stele.domain.job import HiddenText
from stele.domain.value import Value, field_names
from stele.pipeline.reading.engines.paddle.runtime import Device, Precision

_PREFIX = "STELE_"


def _default_data() -> str:
    return str(Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "stele")


class Settings(Value):
    """Every setting, flat. Sizes in bytes, times in seconds. The comment of a field is its documentation."""

    data: str = msgspec.field(default_factory=_default_data)
    """The folder that holds everything the server keeps."""
    host: str = "127.0.0.1"
    """The address to listen on. Loopback unless you say otherwise; use TLS when you do."""
    port: int = 8080
    """The HTTP port."""
    grpc_port: int = 8081
    """The gRPC port; 0 means none."""
    s3_port: int = 0
    """The port of the S3 calls over embedded buckets; 0 means none."""
    tls_cert: str | None = None
    """The server's certificate with those between it and its authority (PEM): all ports speak TLS."""
    tls_key: str | None = None
    """The private key of `tls_cert` (PEM, without a passphrase)."""
    master_key_file: str | None = None
    """The file that the secrets of access keys are derived from; `master.key` in the data folder unless given."""
    workers: int = 0
    """Worker processes; 0 means one a core."""
    worker_threads: int = 1
    """Threads each worker reads with. One a core in all is best for throughput."""
    precision: Precision = Precision.AUTO
    """How the default engine computes: auto (int8 where the CPU has bf16, else f32), f32 (exact), bf16 or int8."""
    hidden_text: HiddenText = HiddenText.TRUST
    """What becomes of words under a scan that nobody sees: trust (taken if they read like a language) or reread."""
    device: Device = Device.OPENVINO
    """On what the default engine computes: openvino (the CPU), onnx (the CPU, by ONNX Runtime), cuda or tensorrt."""
    max_bytes: int = 200 * 1024 * 1024
    """The largest input file."""
    max_pages: int = 3_000
    """Most pages in one input."""
    max_side: int = 32_512
    """Longest side of a page in pixels."""
    max_pixels: int = 180_000_000
    """Most pixels on one page."""
    max_decompressed: int = 2 * 1024**3
    """Most bytes that the streams of one page may decode to."""
    max_items: int = 2_000
    """Most inputs in one job."""
    jobs_at_once: int = 10_000
    """Jobs of one project that may be under way at once."""
    max_message_bytes: int = 64 * 1024 * 1024
    """The largest request of the Google and Aspose dialects, which is held in memory."""
    anonymous_project: str | None = None
    """The project of Google's calls and Aspose's trials that bring no credentials; without it they are refused."""
    requests_per_second: float = 500.0
    """Requests a second of one project; bursts may be twice that."""
    retention_seconds: int = 7 * 86_400
    """How long results are kept after a job of the native API has ended, unless it says otherwise."""
    max_retention_seconds: int = 90 * 86_400
    """The longest retention that a job may ask for."""
    lease_seconds: float = 30.0
    """How long a worker's claim holds without renewal."""
    page_seconds: float = 120.0
    """How long one page may take before its worker is killed and the page tried again."""
    prepare_seconds: float = 420.0
    """How long fetching an input and counting its pages may take."""
    silence_seconds: float = 15.0
    """A worker that shows no sign of life for this long is killed."""
    worker_memory: int = 6 * 1024**3
    """A worker that holds more than this is killed: the page it works on needs too much."""
    recycle_memory: int = 2 * 1024**3
    """A worker that holds more than this between two units is replaced."""
    recycle_pages: int = 2_000
    """A worker is replaced after this many pages."""
    drain_seconds: float = 10.0
    """How long a shutdown waits for the pages under way."""
    egress_ports: tuple[int, ...] = (443, 80)
    """Ports that callers' addresses may name."""
    egress_allow: tuple[str, ...] = ()
    """Networks that callers' addresses may reach although they are not public, e.g. 10.1.0.0/16."""
    egress_deny: tuple[str, ...] = ()
    """Networks that callers' addresses may never reach although they are public."""
    egress_seconds: float = 300.0
    """How long fetching one address may take in all."""
    egress_ca_file: str | None = None
    """Certificate authorities (PEM) to trust for callers' addresses instead of the public ones."""
    model_source: str | None = None
    """Where `stele models pull` takes models from instead of their origins: a folder, or the address of a mirror."""
    sns_endpoint: str | None = None
    """Where topics of the Textract dialect are: an SNS of your own. Without it, Amazon's of the topic's region."""
    sns_credentials: str | None = None
    """The named credentials for SNS; without it, those of the machine, as AWS's own tools find them."""
    sns_topics: tuple[str, ...] = ("*",)
    """Topics that callers may name, as patterns of their ARNs, e.g. arn:aws:sns:*:*:AmazonTextract*."""
    textract_regions: tuple[str, ...] = ()
    """Regions that requests of the Textract dialect may be signed for; without it, any."""
    textract_hosts: tuple[str, ...] = ()
    """Names (with the port, if any) by which AWS clients call this server where a proxy changes the Host header."""
    textract_gets_per_second: float = 100.0
    """Calls a second of one Get operation of the Textract dialect, of one project; bursts may be twice that."""
    textract_partial_success: bool = False
    """Whether Textract jobs of which some pages failed end as PARTIAL_SUCCESS, which few clients know."""
    aspose_hold_seconds: float = 50.0
    """How long a call for results of the Aspose dialect waits for the end of its task: its clients ask once."""
    aspose_anonymous_status: bool = False
    """Whether GetTaskStatus of the Aspose dialect needs no token: who knows an id is told how far its task is."""
    picwish_qps: float = 2.0
    """Requests a second of one key of the PicWish dialect."""
    picwish_seconds: float = 180.0
    """How long a task of the PicWish dialect may be worked on; the time that it waits for workers does not count."""
    picwish_address: str | None = None
    """Where results of the PicWish dialect are fetched, e.g. https://ocr.example.org; as it is called unless given."""
    log_level: str = "info"
    """debug, info, warning or error."""
    log_format: str = "text"
    """text or json."""
    credentials: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """Named credentials for buckets elsewhere; only in stele.toml, as [credentials.NAME] tables of obstore's keys."""

    def profile(self, name: str | None) -> dict[str, str]:
        """Named credentials; none when there is no name. Raises RequestError for a name that is not in the settings."""
        if name is not None and name not in self.credentials:
            raise RequestError(reason=f"there are no credentials {name}: stele.toml has no [credentials.{name}]")
        return self.credentials[name] if name is not None else {}

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1


def load(environment: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings. `overrides` (from the command line) win. Raises RequestError naming what is wrong and
    where."""
    values: dict[str, Any] = {}
    path = Path(environment.get("STELE_CONFIG") or "stele.toml")
    if path.is_file():
        values.update(_from_file(path))
    elif "STELE_CONFIG" in environment:
        raise RequestError(reason=f"STELE_CONFIG names {path}, which is not there")
    names = set(field_names(Settings))
    for name, value in environment.items():
        key = name.removeprefix(_PREFIX).lower()
        if name.startswith(_PREFIX) and key in names and key != "credentials":
            values[key] = value.split(",") if key in _LISTS else value
    values.update({key: value for key, value in (overrides or {}).items() if value is not None})
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise RequestError(reason=f"a setting is not valid: {error}") from error


_LISTS = frozenset({"egress_ports", "egress_allow", "egress_deny", "sns_topics", "textract_regions", "textract_hosts"})


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RequestError(reason=f"{path} cannot be read: {error}") from error
    unknown = values.keys() - set(field_names(Settings))
    if unknown:
        raise RequestError(reason=f"{path} has settings that do not exist: {', '.join(sorted(unknown))}")
    return values


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make a child process load the same settings; credentials stay in the file."""
    values = {name: getattr(settings, name) for name in field_names(Settings) if name != "credentials"}
    return {
        _PREFIX + name.upper(): ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in values.items()
        if value is not None and value != ()
    }
