"""The agent's folder: where everything that it keeps stands.

fabnode.toml      configuration, written by `fabnode enroll` and `fabnode machine add`, edited by people
node.json         who this agent is to the registry, with its token (0600)
journal.sqlite    what it began and what it owes
stock.sqlite      what is loaded, spools, what prints took, maintenance, messages not delivered yet
snapshots/        pictures of machines at the start and the end of prints
keys/             machines' API keys, one file each (0600)
trust.json        what is remembered of the registry's log (see fabnode.provenance); removed, it is trusted anew
operator.json     address and key of the running agent's local page (0600)
cache/ work/      artifacts and slicings, to be deleted freely while the agent is stopped
slices/           G-code that is kept for the next time, to be deleted freely
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from fabnode.errors import FabnodeError


class HomeError(FabnodeError):
    """The agent's folder is not as it must be."""


class AgentRuns(HomeError):
    """Another process owns this folder."""


@dataclass(frozen=True)
class Identity:
    """Who this agent is to its registry."""

    registry: str
    node: str
    token: str
    facility: str
    facility_name: str


@dataclass(frozen=True)
class OperatorAddress:
    """Where the running agent's local page is, and the key that lets the command line in."""

    url: str
    key: str


class Home:
    """Paths and the few small files that are not the journal's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "fabnode.toml"
        self.identity_file = folder / "node.json"
        self.journal = folder / "journal.sqlite"
        self.stock = folder / "stock.sqlite"
        self.snapshots = folder / "snapshots"
        self.keys = folder / "keys"
        self.cache = folder / "cache"
        self.work = folder / "work"
        self.slices = folder / "slices"
        self.trust = folder / "trust.json"
        self.operator_file = folder / "operator.json"

    def identity(self) -> Identity:
        """Raises HomeError when the agent was never enrolled."""
        if not self.identity_file.exists():
            raise HomeError(
                f"this agent is not enrolled (no {self.identity_file}): get a code from your facility's page, "
                "then run `fabnode enroll https://REGISTRY --code CODE`"
            )
        try:
            return Identity(**json.loads(self.identity_file.read_text()))
        except (TypeError, ValueError) as error:
            raise HomeError(f"{self.identity_file} is damaged ({error}): enrol this agent anew") from error

    def keep_identity(self, identity: Identity) -> None:
        self.write_secret(self.identity_file, json.dumps(asdict(identity), indent=1))

    def operator(self) -> OperatorAddress | None:
        """None when no agent has left its address."""
        if not self.operator_file.exists():
            return None
        return OperatorAddress(**json.loads(self.operator_file.read_text()))

    def keep_operator(self, address: OperatorAddress) -> None:
        self.write_secret(self.operator_file, json.dumps(asdict(address)))

    def write_secret(self, path: Path, text: str) -> None:
        """Whole or not at all, and for nobody else to read."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_name(path.name + ".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Own the folder. Two agents on one journal would start the same print twice: raises AgentRuns."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AgentRuns(f"an agent already runs in {self.folder}") from error
            yield
