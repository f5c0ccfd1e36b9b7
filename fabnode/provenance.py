"""What must be proved of a job before this agent makes it, by the facility's policy (`[trust]` in fabnode.toml).

The agent remembers the log's last checkpoint and the keys that signed it. It takes no log that went back or tells
another history than before, no version that is not in the log, no file that the registry did not sign for, and, where
`require = "author"`, no version without an author's signature that counts. Without the network, or with proofs that
are too old, it makes only what it has proved before, and that for so many days.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from designs.checkpoints import (
    BadCheckpoint,
    Checkpoint,
    Forked,
    HistoryRefused,
    LogKey,
    follow,
    open_checkpoint,
    parse_log_key,
)
from designs.errors import DesignError
from designs.provenance import Bundle
from designs.proving import Proof, prove
from fabnode.client import Registry, RegistryError
from fabnode.config import TrustSettings
from fabnode.errors import FabnodeError
from fabnode.home import Home
from fabnode.protocol import ClaimedJob

MOST_REMEMBERED = 2000
"""Recipes: those that were proved longest ago are forgotten first."""
_VERSION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}@[0-9A-Za-z.-]{1,64}")


class Untrusted(FabnodeError):
    """By this facility's policy the job is not made; the words say why."""


class NotProvedNow(FabnodeError):
    """The proofs cannot be had at the moment, and the job was not proved before."""


@dataclass(frozen=True)
class Memory:
    """What is remembered of a registry's log."""

    keys: tuple[str, ...] = ()
    """That sign for it, `name+hash+base64`."""
    checkpoint: str | None = None
    """The last one, as it was signed."""
    proved: Mapping[str, str] = field(default_factory=dict)
    """Recipes, and when each was last proved."""
    distrusted: str | None = None
    """Why nothing of this registry is made any more, until a person has looked."""
    evidence: str | None = None
    """The checkpoint that contradicts the one above."""


class Guard:
    """Decides about jobs, one after the other. Its memory is on the disk before a job is let through."""

    def __init__(self, settings: TrustSettings, home: Home, registry: Registry) -> None:
        """Raises FabnodeError when the memory is damaged, BadCheckpoint when a pinned key is."""
        self._settings = settings
        self._home = home
        self._registry = registry
        self._pinned = tuple(map(parse_log_key, settings.registry_keys))
        self._lock = asyncio.Lock()
        self._memory = read_memory(home.trust)

    async def check(self, job: ClaimedJob) -> None:
        """Let a job through. Raises Untrusted, NotProvedNow."""
        if self._settings.require == "none":
            return
        async with self._lock:
            if self._memory.distrusted:
                raise Untrusted(f"nothing of this registry is made here: {self._memory.distrusted}")
            if not _VERSION.fullmatch(job.design):
                raise Untrusted(f"{job.design[:100]!r} names no version")
            try:
                bundle = await self._registry.provenance(job.design, job.recipe)
            except RegistryError as error:
                self._was_proved_before(job, str(error))
                return
            proof = await asyncio.to_thread(prove, bundle, self._keys(bundle))
            await self._take(bundle, proof)
            self._judge(job, proof, bundle)
            assert proof.checkpoint is not None, "it holds"
            age = datetime.now(UTC) - proof.checkpoint.at
            if age > timedelta(hours=self._settings.fresh_hours):  # it proves nothing new, nor anything for longer
                self._was_proved_before(job, f"the registry's checkpoint is {age.days} days old")
            else:
                self._remember_proved(job)

    def _keys(self, bundle: Bundle) -> tuple[LogKey, ...]:
        """The pinned ones; else those that were seen at first; else, this once, what the registry says."""
        try:
            remembered = tuple(map(parse_log_key, self._memory.keys))
            return self._pinned or remembered or tuple(map(parse_log_key, bundle.log_keys))
        except BadCheckpoint as error:
            raise Untrusted(str(error)) from error

    async def _take(self, bundle: Bundle, proof: Proof) -> None:
        """Follow the log to the bundle's checkpoint. Raises Untrusted when it went back or contradicts itself."""
        new = proof.checkpoint
        if new is None:
            raise Untrusted("; ".join(proof.objections))
        known = self._known(proof.keys)
        try:
            path = await self._consistency(known, new)
            follow(known, new, path)
        except Forked as error:
            self._keep(replace(self._memory, distrusted=str(error), evidence=bundle.checkpoint))
            raise Untrusted(str(error)) from error
        except HistoryRefused as error:
            raise Untrusted(str(error)) from error
        keys = tuple(key.text for key in proof.keys)
        self._keep(replace(self._memory, keys=keys, checkpoint=bundle.checkpoint))

    def _known(self, keys: tuple[LogKey, ...]) -> Checkpoint | None:
        if self._memory.checkpoint is None:
            return None
        try:
            return open_checkpoint(self._memory.checkpoint, keys)[0]
        except BadCheckpoint as error:
            raise Untrusted(
                f"the log that was seen before was signed by other keys ({error}): if they were replaced for good, "
                f"remove {self._home.trust}"
            ) from error

    async def _consistency(self, known: Checkpoint | None, new: Checkpoint) -> tuple[bytes, ...]:
        if known is None or not 0 < known.size < new.size or known.origin != new.origin:
            return ()
        try:
            return await self._registry.consistency(known.size, new.size)
        except RegistryError as error:
            raise NotProvedNow(f"the log cannot be proved to continue: {error}") from error

    def _judge(self, job: ClaimedJob, proof: Proof, bundle: Bundle) -> None:
        """Whether what is proved is what this job needs. Raises Untrusted."""
        if not proof.holds:
            raise Untrusted("; ".join(proof.objections))
        if (bundle.version, bundle.snapshot_sha256, proof.recipe) != (job.design, job.snapshot, job.recipe):
            raise Untrusted(f"the proofs are for {bundle.version} and another recipe, the job is {job.design}")
        strange = [artifact.name for artifact in job.artifacts if artifact.sha256 not in proof.artifacts]
        if strange or not job.artifacts:
            raise Untrusted(f"the registry does not sign for {', '.join(strange) or 'any file'} of {job.design}")
        if self._settings.require == "author":
            self._judge_authors(job, {key.text for key in proof.authors})

    def _judge_authors(self, job: ClaimedJob, signed: set[str]) -> None:
        if not signed:
            raise Untrusted(f"{job.design} is signed by no author, which this facility asks for")
        pinned = set(self._settings.author_keys)
        if pinned and not pinned & signed:
            raise Untrusted(f"{job.design} is signed by none of the authors whom this facility names")

    def _was_proved_before(self, job: ClaimedJob, trouble: str) -> None:
        """The offline policy: what was proved stays good for some days, nothing new is made. Raises NotProvedNow."""
        told = self._memory.proved.get(job.recipe)
        grace = timedelta(days=self._settings.offline_days)
        if told is None or not timedelta() <= datetime.now(UTC) - datetime.fromisoformat(told) <= grace:
            raise NotProvedNow(
                f"{job.design} cannot be proved now, and was not in the last {grace.days} days: {trouble}"
            )

    def _remember_proved(self, job: ClaimedJob) -> None:
        proved = {**self._memory.proved, job.recipe: datetime.now(UTC).isoformat()}
        newest = sorted(proved.items(), key=lambda one: one[1])[-MOST_REMEMBERED:]
        self._keep(replace(self._memory, proved=dict(newest)))

    def _keep(self, memory: Memory) -> None:
        if memory != self._memory:
            self._home.write_secret(self._home.trust, json.dumps(asdict(memory), indent=1))
            self._memory = memory


def read_memory(path: Path) -> Memory:
    """Raises Untrusted when the file is damaged: to forget what was seen would let an old history pass again."""
    try:
        told = json.loads(path.read_text())
        return Memory(**{**told, "keys": tuple(told["keys"])})
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Untrusted(
            f"{path} cannot be read ({error}): restore it, or remove it to trust the registry's log anew"
        ) from error


def guard_for(settings: TrustSettings, home: Home, registry: Registry) -> Guard:
    """Raises FabnodeError."""
    try:
        return Guard(settings, home, registry)
    except DesignError as error:
        raise Untrusted(f"{home.config}: [trust] registry_keys: {error}") from error
