"""The parts of one registry process, handed to handlers and background work."""

from dataclasses import dataclass, field
from pathlib import Path

from registry.blobs.interface import BlobStore
from registry.core.buckets import Buckets
from registry.core.guessing import Guesses
from registry.floor import BuildFloor
from registry.previews import Previews
from registry.refusals import Refusals
from registry.settings import Settings
from registry.signals import Signals
from registry.store.database import Database
from registry.waiters import Waiters
from registry.work.claim_desk import ClaimDesk
from registry.work.signing import Signer


@dataclass(frozen=True)
class State:
    """Builds are asked for by rows and woken through `signals` (topic `builds`)."""

    settings: Settings
    db: Database
    blobs: BlobStore
    signals: Signals
    desk: ClaimDesk
    signer: Signer | None = None
    """The registry's key; None where this process signs nothing."""
    guesses: Guesses = field(default_factory=Guesses)
    buckets: Buckets = field(default_factory=Buckets)
    waiters: Waiters = field(default_factory=Waiters)
    floor: BuildFloor = field(default_factory=BuildFloor)
    refusals: Refusals = field(default_factory=Refusals)
    previews: Previews = field(default_factory=Previews)

    @property
    def incoming(self) -> Path:
        """Folder for what is being received or put together."""
        return self.settings.data / "incoming"
