"""What can happen to an attempt, and what the agent may be told to do about it. Plain frozen values."""

from dataclasses import dataclass

from fabnode.protocol import AttemptState, SliceFigures


@dataclass(frozen=True)
class PreparationBegan:
    """The artifacts are being fetched and sliced."""


@dataclass(frozen=True)
class Sliced:
    """G-code was made, and judged safe for this machine and material."""

    figures: SliceFigures


@dataclass(frozen=True)
class PreparationFailed:
    """Fetching, slicing, judging or uploading failed. Nothing was begun."""

    reason: str
    retry: bool
    """Another try, here or elsewhere, may succeed."""


@dataclass(frozen=True)
class Staged:
    """The file lies on the machine and was verified there."""


@dataclass(frozen=True)
class BedCleared:
    """A person looked: nothing lies on the bed."""

    by: str


@dataclass(frozen=True)
class BedDoubted:
    """Nobody watched the machine for a while: what lies on the bed is not known."""

    reason: str


@dataclass(frozen=True)
class BedTaken:
    """The machine ran something that is not ours."""

    reason: str


@dataclass(frozen=True)
class PermitGranted:
    """The registry gives leave to start once."""

    permit: str
    valid_until: float
    """On this process's boot clock, counted from the moment the request was sent."""


@dataclass(frozen=True)
class PermitRefused:
    """The registry answered that this attempt may not start."""

    reason: str


@dataclass(frozen=True)
class PermitExpired:
    """The permit ran out before anything was sent to the machine."""

    unwatched: bool = False
    """So long ago that nobody watched the bed meanwhile: this process, or its computer, stood still."""


@dataclass(frozen=True)
class Started:
    """The machine acknowledged the start."""


@dataclass(frozen=True)
class StartRefused:
    """The machine answered no: the only proof that it did not begin."""

    reason: str


@dataclass(frozen=True)
class StartUnknown:
    """The start was sent and not answered, or answered by nonsense."""

    reason: str


@dataclass(frozen=True)
class SeenPrinting:
    """The machine says that it runs our file."""


@dataclass(frozen=True)
class SeenPaused:
    """The machine says that it holds our file paused."""


@dataclass(frozen=True)
class Ending:
    """What the machine's own record says of an ended run of our file."""

    reason: str | None = None
    print_seconds: float | None = None
    starts_seen: int | None = None


@dataclass(frozen=True)
class SeenDone(Ending):
    """The machine ran our file to its end."""


@dataclass(frozen=True)
class SeenCancelled(Ending):
    """The machine was told to cancel our file and did."""


@dataclass(frozen=True)
class SeenFailed(Ending):
    """The machine gave up on our file."""


@dataclass(frozen=True)
class NoProof:
    """The machine answers, does not run our file, and has no record of how it ended."""

    reason: str
    starts_seen: int | None = None


@dataclass(frozen=True)
class LeaseLost:
    """The registry says that this claim is not held any more."""


@dataclass(frozen=True)
class CancelAsked:
    """The registry or the operator wants this attempt stopped."""

    reason: str


@dataclass(frozen=True)
class PauseAsked:
    """The registry or the operator wants the print paused."""


@dataclass(frozen=True)
class ResumeAsked:
    """The registry or the operator wants the print to go on."""


@dataclass(frozen=True)
class AcceptedGood:
    """The operator looked at the part: it counts."""

    by: str
    good_copies: int | None = None
    """Of a plate with several copies: how many count, at least one. None: all."""


@dataclass(frozen=True)
class AcceptedScrap:
    """The operator looked at the part: it does not count."""

    by: str
    reason: str | None = None


@dataclass(frozen=True)
class SettledNotStarted:
    """The operator looked at an uncertain attempt: the machine never began it."""

    by: str


@dataclass(frozen=True)
class Restarted:
    """The agent came up again and found this attempt in its journal."""


Event = (
    PreparationBegan
    | Sliced
    | PreparationFailed
    | Staged
    | BedCleared
    | BedDoubted
    | BedTaken
    | PermitGranted
    | PermitRefused
    | PermitExpired
    | Started
    | StartRefused
    | StartUnknown
    | SeenPrinting
    | SeenPaused
    | SeenDone
    | SeenCancelled
    | SeenFailed
    | NoProof
    | LeaseLost
    | CancelAsked
    | PauseAsked
    | ResumeAsked
    | AcceptedGood
    | AcceptedScrap
    | SettledNotStarted
    | Restarted
)


@dataclass(frozen=True)
class Prepare:
    """Fetch and verify the artifacts, slice, judge."""


@dataclass(frozen=True)
class Stage:
    """Put the G-code on the machine under the attempt's file name and verify it. May be done again."""


@dataclass(frozen=True)
class AskPermit:
    """Ask the registry for leave to start, as long as it does not answer."""


@dataclass(frozen=True)
class StartOnce:
    """Tell the machine to begin, if the permit is still valid at that moment. Never sent again."""

    file: str
    valid_until: float


@dataclass(frozen=True)
class Follow:
    """Watch the machine and its records until the attempt's end is proved, or doubt is."""


@dataclass(frozen=True)
class CancelOnMachine:
    """Tell the machine to stop our file."""


@dataclass(frozen=True)
class PauseOnMachine:
    """Tell the machine to hold our file."""


@dataclass(frozen=True)
class ResumeOnMachine:
    """Tell the machine to go on with our file."""


@dataclass(frozen=True)
class StopWork:
    """Leave off whatever is being prepared for this attempt."""


@dataclass(frozen=True)
class Tidy:
    """Remove the attempt's files from the machine and from the work folder."""


Command = (
    Prepare
    | Stage
    | AskPermit
    | StartOnce
    | Follow
    | CancelOnMachine
    | PauseOnMachine
    | ResumeOnMachine
    | StopWork
    | Tidy
)


@dataclass(frozen=True)
class Tell:
    """One report to the registry."""

    state: AttemptState
    reason: str | None = None
    retry: bool = False
    figures: SliceFigures | None = None
    print_seconds: float | None = None
    starts_seen: int | None = None
    good_copies: int | None = None
