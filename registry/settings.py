"""What an operator can set, each by an environment variable COFAB_… ."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from designs.sandbox.confine import Floor
from registry.core.builds import Limits
from registry.core.dispatch import Timing

MIB = 1 << 20


class Settings(BaseSettings):
    """One registry process. Everything has a default: without any setting it serves from the folder `.data`."""

    model_config = SettingsConfigDict(env_prefix="COFAB_", frozen=True, extra="ignore")

    data: Path = Path(".data")
    """Folder for everything this process keeps on disk: database, blobs, half-received uploads."""
    database_url: str | None = None
    """`postgresql://user:password@host/database`; unset: an SQLite file in the data folder."""
    blobs: str | None = None
    """A folder, `memory:`, or `s3://key:secret@host:port/bucket` (`?secure=0`: plain HTTP); unset: the data folder."""
    host: str = "127.0.0.1"
    """Address that it listens at."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8440
    """Port that it listens at; 0 takes any free one."""
    public_url: str | None = None
    """Address under which people reach the registry, for links in feeds and the check of a form's origin."""
    registration: Literal["open", "closed"] = "open"
    """Whether anybody may become a member. The first member can always register, and is the administrator."""
    session_days: Annotated[int, Field(ge=1, le=366)] = 30
    """How long somebody stays logged in on the page."""
    signing_key: Path | None = None
    """File with the registry's own key, Ed25519 as PKCS #8; unset: made at the first start in the data folder."""
    signing_key_before: Path | None = None
    """The key that signed until now, where `signing_key` takes its place: it names the new one, once."""
    member_writes_per_minute: Annotated[int, Field(ge=0)] = 600
    """How many changes one member may make in a minute, publishing counting as 5; 0: as many as they like."""
    address_writes_per_minute: Annotated[int, Field(ge=0)] = 600
    """The same for all visitors from one address together, becoming a member counting as 20."""

    max_connections: Annotated[int, Field(ge=16)] = 8192
    """Connections at the same time; further ones wait. A follower of events, a page and an agent hold one each."""
    body_patience_seconds: Annotated[float, Field(gt=0)] = 60
    """How long a request's body may keep the registry waiting, and a second longer for every KiB of it."""
    max_blob_bytes: Annotated[int, Field(ge=1)] = 64 * MIB
    """Largest single file."""
    max_version_bytes: Annotated[int, Field(ge=1)] = 256 * MIB
    """All files of one version together."""
    max_archive_bytes: Annotated[int, Field(ge=1)] = 64 * MIB
    """Largest archive that can be uploaded."""
    max_json_bytes: Annotated[int, Field(ge=1)] = 2 * MIB
    """Largest body of any other request."""

    build_workers: Annotated[int, Field(ge=0, le=64)] = 1
    """Builds at the same time in this process; 0: this process leaves builds to others."""
    build_guests: Annotated[int, Field(ge=0, le=64)] = 4
    """Builds beside these for members who wait and have none running, so that nobody can hold all workers."""
    build_lease_seconds: Annotated[float, Field(gt=0)] = 15
    """A running build whose process has been silent for this long is taken up by another."""
    build_floor: Floor = Floor.STANDARD
    """How much the host must confine a script before it builds for strangers: `strict`, `standard` or `any`."""
    build_queue: Annotated[int, Field(ge=1)] = 500
    """Builds and artifacts that may wait in the whole registry, what is made ahead of any need apart."""
    build_queue_per_member: Annotated[int, Field(ge=1)] = 100
    """The same for one member; all visitors together count as one."""
    builds_per_member: Annotated[int, Field(ge=1)] = 4
    """Builds of one member at the same time, over all processes; the others wait. All visitors count as one."""
    lease_seconds: Annotated[float, Field(gt=0)] = 90
    """How long an agent keeps a job that it has not started without a sign of life; then another may take it."""
    confirm_seconds: Annotated[float, Field(gt=0)] = 15
    """How long an agent that was given a job may stay silent at first; an agent that has gone keeps it no longer."""
    permit_seconds: Annotated[float, Field(gt=0)] = 60
    """How long an agent's leave to start is good for."""
    silence_seconds: Annotated[float, Field(gt=0)] = 6 * 3600
    """How long nothing may be heard of a print, beyond the time that it takes, before it counts as uncertain."""
    offline_seconds: Annotated[float, Field(gt=0)] = 60
    """After how much silence of its agent a machine shows as offline."""
    webhook_targets: Literal["public", "any"] = "public"
    """Where webhooks may lead: `public`, the public network by https alone; `any`, this network and http too."""
    poll_seconds: Annotated[float, Field(gt=0)] = 2
    """How often waiting requests look again by themselves, for what other processes did."""

    @cached_property
    def build_limits(self) -> Limits:
        """How much may be built and may wait."""
        return Limits(self.builds_per_member, self.build_queue_per_member, self.build_queue)

    @cached_property
    def hand_out(self) -> Timing:
        """The times of the hand-out."""
        return Timing(
            lease=timedelta(seconds=self.lease_seconds),
            confirm=timedelta(seconds=self.confirm_seconds),
            permit=timedelta(seconds=self.permit_seconds),
            silence=timedelta(seconds=self.silence_seconds),
            offline=timedelta(seconds=self.offline_seconds),
        )

    @cached_property
    def url(self) -> str:
        """The public address without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def database(self) -> str:
        """SQLAlchemy's address of the database."""
        if self.database_url is None:
            return f"sqlite:///{(self.data / 'cofab.sqlite').absolute()}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else self.database_url
