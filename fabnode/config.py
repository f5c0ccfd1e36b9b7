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

from fabnode.errors import FabnodeError
from fabnode.protocol import Envelope, Key, LoadedMaterial

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


class OperatorSettings(_Section):
    """The local page."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8441
    """0 takes any free port."""


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
    nozzle_mm: Annotated[float | None, Field(gt=0, le=5)] = None
    envelope: Envelope | None = None
    """Where it is smaller than the profile says: clips, a cable, a worn bed."""
    materials: Annotated[tuple[LoadedMaterial, ...], Field(max_length=32)] = ()
    """What is loaded now."""
    plate_copies: Annotated[int, Field(ge=1, le=100)] = 1
    """How many copies of a part may be made side by side as one plate, as far as they fit."""
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
    machines: Annotated[tuple[MachineSettings, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _keys_are_unique(self) -> "Config":
        keys = [machine.key for machine in self.machines]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"two machines have the key {twice[0]!r}")
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
        problems = [f"{_where(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise ConfigError("\n".join(f"{file}: {problem}" for problem in problems)) from error


def _where(location: tuple[int | str, ...]) -> str:
    words = ""
    for part in location:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words or "the file"
