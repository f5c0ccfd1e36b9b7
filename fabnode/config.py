"""The agent's configuration, fabnode.toml: parsed strictly, every error with file and key.

registry = "https://cofab.example.org"

[agent]                       # all optional
heartbeat_seconds = 10

[operator] port = 8441

[[machines]] key = "prusa-1" driver = "octoprint" url = "http://prusa-1.local" key_file = "keys/prusa-1" profile =
"prusa-mk4" materials = [{ material = "PLA", colour = "black" }]
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fabnode.config_errors import problem_words
from fabnode.errors import FabnodeError
from fabnode.protocol import Envelope, Key, LoadedMaterial, Rates

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ConfigError(FabnodeError):
    """The configuration cannot be used; the message names file, key and what is allowed."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AgentSettings(_Section):
    """Timings and sizes. The defaults suit a workshop; tests make them small."""

    heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = 10
    """How often machines and leases are told to the registry."""
    poll_seconds: Annotated[float, Field(gt=0, le=300)] = 5
    """How often each machine is asked for its status, beside what it pushes."""
    claim_wait_seconds: Annotated[float, Field(ge=0, le=60)] = 25
    """How long the registry may hold a claim that finds no work."""
    retry_seconds: Annotated[float, Field(gt=0, le=60)] = 1
    """First pause after a failed call; it grows to `retry_most_seconds`."""
    retry_most_seconds: Annotated[float, Field(gt=0, le=600)] = 60
    start_seconds: Annotated[float, Field(gt=0, le=600)] = 60
    """How long a machine may take to acknowledge a start."""
    uncertain_after_seconds: Annotated[float, Field(ge=0, le=3600)] = 60
    """How long an idle machine without a record of our file is watched before the attempt is uncertain."""
    give_back_seconds: Annotated[float, Field(ge=0, le=86_400)] = 600
    """How long a machine may fail to take the file before its job goes back for another."""
    trust_bed_seconds: Annotated[float, Field(ge=0, le=86_400)] = 600
    """After a longer time without contact a clear bed is unknown: somebody may have printed meanwhile."""
    stage_ahead: bool = True
    """Take and prepare a job while the bed is not clear yet; it waits for the operator."""
    cache_mib: Annotated[int, Field(ge=16)] = 2048
    keep_days: Annotated[int, Field(ge=1)] = 90
    """How long the journal keeps attempts that are over."""
    slicer: Annotated[str, Field(min_length=1)] = "prusa-slicer"
    """The PrusaSlicer program."""
    curaengine: Annotated[str, Field(min_length=1)] = "CuraEngine"
    """The CuraEngine program."""
    slices_mib: Annotated[int, Field(ge=0)] = 512
    """How much G-code is kept, so that the same part is not sliced again."""


class OperatorSettings(_Section):
    """The local page."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8441
    """0 takes any free port."""


class PowerSettings(_Section):
    """What all machines together may draw while they heat up and print."""

    limit_w: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """None: no limit."""


class TrustSettings(_Section):
    """What must be proved of a job before it is made here."""

    require: Literal["none", "registry", "author"] = "none"
    """`registry`: it is in the registry's signed log, which was never changed, and the files are signed for by the
    registry; `author`: beside that an author signed the version."""
    registry_keys: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """Whose log it must be, `name+hash+base64`; left out: the one that is seen at first, and what it names later."""
    author_keys: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...], Field(max_length=1000)] = ()
    """With `author`: one of these public keys must have signed; left out: any key of a member of the registry."""
    fresh_hours: Annotated[float, Field(gt=0, le=8760)] = 24
    """An older checkpoint proves nothing new."""
    offline_days: Annotated[float, Field(ge=0, le=366)] = 30
    """How long what was proved once may be made again where nothing can be proved now."""


class SpoolmanSettings(_Section):
    """A Spoolman server that keeps the spools instead of this agent."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$", max_length=500)]
    refresh_seconds: Annotated[float, Field(ge=1, le=86_400)] = 300
    """How often its spools are looked at."""


Occasion = Literal["needs_operator", "finished", "failed", "uncertain", "offline", "maintenance"]
OCCASIONS: tuple[Occasion, ...] = ("needs_operator", "finished", "failed", "uncertain", "offline", "maintenance")


class _Channel(_Section):
    name: Key
    on: tuple[Occasion, ...] = OCCASIONS
    """What it is told of."""


class WebhookSettings(_Channel):
    """JSON by POST, signed with the secret in `secret_file`."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]
    secret_file: Path


class MailSettings(_Channel):
    """A letter by SMTP."""

    host: Annotated[str, Field(min_length=1, max_length=200)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for a relay on this computer or in one's own network."""
    user: str | None = None
    password_file: Path | None = None
    sender: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)]
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]


class NtfySettings(_Channel):
    """A plain POST to a topic, as ntfy and its like take it."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)]
    token_file: Path | None = None


class NotifySettings(_Section):
    """Whom to tell, and when."""

    offline_minutes: Annotated[float, Field(gt=0, le=10_080)] = 10
    """A machine that is not seen for longer is told of."""
    most_per_hour: Annotated[int, Field(ge=1, le=1000)] = 30
    """Of one channel; what is more is put together into one message."""
    give_up_hours: Annotated[float, Field(gt=0, le=168)] = 24
    """A message that cannot be delivered for so long is dropped."""
    webhook: tuple[WebhookSettings, ...] = ()
    mail: tuple[MailSettings, ...] = ()
    ntfy: tuple[NtfySettings, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> "NotifySettings":
        names = [channel.name for channel in (*self.webhook, *self.mail, *self.ntfy)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two channels have the name {twice[0]!r}")
        return self


class Interval(_Section):
    """Something that has to be done to a machine every so often."""

    what: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """Its short name: nozzle, belts, rails."""
    every_hours: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Of printing."""
    every_grams: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    """Of material."""
    every_days: Annotated[float, Field(gt=0, le=10_000)] | None = None
    stop: bool = False
    """When it is due the machine takes no new job."""
    note: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _some_measure(self) -> "Interval":
        if self.every_hours is None and self.every_grams is None and self.every_days is None:
            raise ValueError(f"{self.what} needs every_hours, every_grams or every_days")
        return self


class MachineSettings(_Section):
    """One machine."""

    key: Key
    """Its stable name within this agent."""
    name: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    """For people; the key where it is left out."""
    driver: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    url: Annotated[str, Field(max_length=500)] = ""
    api_key: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    key_file: Path | None = None
    """A file that holds the API key, instead of `api_key`."""
    profile: Annotated[str, Field(min_length=1, max_length=500)]
    """A shipped profile's name, or the path of an .ini file."""
    slicer: Literal["prusaslicer", "curaengine"] = "prusaslicer"
    """What its parts are sliced with."""
    slicer_program: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    """Another program for that than the agent's."""
    quality: Literal["draft", "normal", "fine"] | None = None
    """How finely parts are made whose designer does not say; the profile's own where it is left out."""
    nozzle_mm: Annotated[float | None, Field(gt=0, le=5)] = None
    envelope: Envelope | None = None
    """Where it is smaller than the profile says: clips, a cable, a worn bed."""
    materials: Annotated[tuple[LoadedMaterial, ...], Field(max_length=32)] = ()
    """What is loaded, until `fabnode load` says otherwise."""
    plate_copies: Annotated[int, Field(ge=1, le=100)] = 1
    """How many copies of a part may be made side by side as one plate, as far as they fit."""
    tolerance_mm: Annotated[float | None, Field(gt=0, le=10)] = None
    """What it keeps to in the plane, as you measured it."""
    rates: Rates | None = None
    """What you ask for its use; estimates only."""
    heat_w: Annotated[float | None, Field(gt=0, le=100_000)] = None
    """What it draws while it heats up."""
    print_w: Annotated[float | None, Field(gt=0, le=100_000)] = None
    """What it draws while it prints, heated."""
    heat_seconds: Annotated[float, Field(gt=0, le=7200)] = 900
    """After so long it is taken for heated, where it does not tell its temperatures."""
    camera: Annotated[str | None, Field(pattern=r"^(https?://\S+|none)$", max_length=500)] = None
    """Where a picture of it is had; left out: where its own software says; `none`: no pictures."""
    maintenance: Annotated[tuple[Interval, ...], Field(max_length=32)] = ()
    options: dict[str, str | int | float | bool] = {}
    """The driver's own settings."""

    @property
    def title(self) -> str:
        return self.name or self.key


class Config(_Section):
    """The whole file."""

    registry: str = ""
    agent: AgentSettings = AgentSettings()
    operator: OperatorSettings = OperatorSettings()
    power: PowerSettings = PowerSettings()
    trust: TrustSettings = TrustSettings()
    spoolman: SpoolmanSettings | None = None
    notify: NotifySettings = NotifySettings()
    machines: Annotated[tuple[MachineSettings, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Config":
        keys = [machine.key for machine in self.machines]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"two machines have the key {twice[0]!r}")
        return self

    @model_validator(mode="after")
    def _power_is_known(self) -> "Config":
        limit = self.power.limit_w
        for machine in self.machines if limit is not None else ():
            if machine.heat_w is None or machine.print_w is None:
                raise ValueError(
                    f"machine {machine.key}: [power] limit_w is set, so heat_w and print_w must say what it draws"
                )
            most = max(machine.heat_w, machine.print_w)
            if limit is not None and most > limit:
                raise ValueError(f"machine {machine.key} draws up to {most:g} W, [power] limit_w allows {limit:g} W")
        return self


def load_config(path: Path) -> Config:
    """Raises ConfigError."""
    try:
        return parse_config(path.read_text(), str(path))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. `fabnode enroll` writes a first one") from error


def parse_config(text: str, file: str) -> Config:
    """Raises ConfigError."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        problems = (problem_words(dict(problem), text, Config) for problem in error.errors())
        raise ConfigError("\n".join(f"{file}: {problem}" for problem in problems)) from error
