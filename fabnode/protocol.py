"""The messages between an agent and its registry: the sole code that both sides share.

JSON over HTTP. The agent authenticates with `Authorization: Bearer <node token>`; errors are problem+json (RFC 9457).

    POST /api/v1/nodes/enrol            Enrol      → Enrolled         (a one-time code instead of a token)
    PUT  /api/v1/node/machines          Announce   → Announced
    POST /api/v1/node/claim             Claim      → 200 ClaimedJob | 204   (long poll)
    POST /api/v1/node/heartbeat         Heartbeat  → HeartbeatReply
    POST /api/v1/node/permit            AskPermit  → Permit           (409 when the attempt may not start)
    POST /api/v1/node/reports           Reports    → ReportsReply     (idempotent by sequence)
    POST /api/v1/node/snapshots/{attempt}/{moment}  JPEG or PNG bytes       (moment: start, end, failure)
    GET  /api/v1/blobs/{sha256}                    → bytes            (Range, ETag)

Times on the wire are durations in seconds wherever one side must act on them: clocks differ. `at` is informative.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 1

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
Text = Annotated[str, Field(max_length=2000)]
Epoch = Annotated[int, Field(ge=1, le=2**31 - 1)]
Direction = tuple[float, float, float]
Sequence = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Message(BaseModel):
    """Frozen, and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Process(StrEnum):
    FDM = "fdm"
    LASER = "laser"
    CNC = "cnc"


class BedState(StrEnum):
    CLEAR = "clear"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"


class AttemptState(StrEnum):
    """States of an attempt as they are told to the registry (see the transition tables on either side)."""

    CLAIMED = "claimed"
    BUILDING = "building"
    SLICED = "sliced"
    STAGED = "staged"
    AWAITING_OPERATOR = "awaiting_operator"
    START_INTENT = "start_intent"
    STARTING = "starting"
    PRINTING = "printing"
    PAUSED = "paused"
    FINISHED_UNVERIFIED = "finished_unverified"
    GOOD = "good"
    SCRAP = "scrap"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


class Enrol(Message):
    protocol: Literal[1] = 1
    code: Key
    """One-time enrolment code, made by a member who runs the facility."""
    name: Annotated[str, Field(min_length=1, max_length=80)]
    software: Annotated[str, Field(max_length=80)]


class Enrolled(Message):
    node: str
    token: str
    facility: str
    facility_name: str


class Envelope(Message):
    """Usable build volume, mm."""

    x: Annotated[float, Field(gt=0, le=10_000)]
    y: Annotated[float, Field(gt=0, le=10_000)]
    z: Annotated[float, Field(gt=0, le=10_000)]


class LoadedMaterial(Message):
    material: Annotated[str, Field(min_length=1, max_length=40)]
    """PLA, PETG, ABS, TPU … for printers; plywood, acrylic … for lasers and routers."""
    colour: Annotated[str | None, Field(max_length=40)] = None
    thickness_mm: Annotated[float, Field(gt=0, le=500)] | None = None
    """Of a sheet; None for what is not a sheet."""
    remaining_g: Annotated[float, Field(ge=0, le=100_000)] | None = None
    """What is left on the spool; None where nobody keeps count."""


class Rates(Message):
    """What the facility asks for the use of a machine, for estimates; no invoice follows from it."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """ISO 4217."""
    per_hour: Annotated[float, Field(ge=0, le=10_000)] = 0
    per_gram: Annotated[float, Field(ge=0, le=1_000)] = 0


class MachineCard(Message):
    """What a machine is: told on announcement, matched against orders."""

    key: Key
    """The agent's own stable name of the machine, unique within the node."""
    name: Annotated[str, Field(min_length=1, max_length=80)]
    model: Annotated[str, Field(max_length=80)]
    driver: Annotated[str, Field(max_length=40)]
    process: Process = Process.FDM
    envelope: Envelope
    nozzle_mm: Annotated[float, Field(gt=0, le=5)] | None = None
    materials: Annotated[tuple[LoadedMaterial, ...], Field(max_length=32)] = ()
    profile: Annotated[str, Field(max_length=80)] = ""
    """Name of the slicer profile in use."""
    tolerance_mm: Annotated[float, Field(gt=0, le=10)] | None = None
    """What it keeps to in the plane, as its operator measured it; None: not known."""
    plate_copies: Annotated[int, Field(ge=1, le=100)] = 1
    """How many copies of a part it may be given as one plate, as far as they fit."""
    rates: Rates | None = None


class Announce(Message):
    protocol: Literal[1] = 1
    software: Annotated[str, Field(max_length=80)]
    machines: Annotated[tuple[MachineCard, ...], Field(max_length=500)]


class AnnouncedMachine(Message):
    key: Key
    machine: str
    """The registry's id of the machine."""


class Announced(Message):
    machines: tuple[AnnouncedMachine, ...]


class Claim(Message):
    idempotency_key: Key
    """The same key again gives the same answer: a claim whose reply was lost is not made twice."""
    machines: Annotated[tuple[Key, ...], Field(min_length=1, max_length=500)]
    """Keys of the machines that could take work now."""
    wait_seconds: Annotated[float, Field(ge=0, le=60)] = 25


class ArtifactRef(Message):
    name: Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9._-]+$")]
    """model.3mf, model.stl, model.step …"""
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class PrintHints(Message):
    """What the designer asks of the print. The machine's own profile decides the rest."""

    layer_height_mm: Annotated[float, Field(gt=0, le=2)] | None = None
    infill_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    perimeters: Annotated[int, Field(ge=1, le=20)] | None = None
    supports: bool | None = None
    brim_mm: Annotated[float, Field(ge=0, le=50)] | None = None
    tabs: bool | None = None
    """Whether narrow bridges hold a cut part in its sheet; None: as the material's settings say."""
    up: Direction | None = None
    """The direction of the model that is to point up, unit; None: as drawn. It was matched to have room so."""


class ClaimedJob(Message):
    job: Key
    attempt: Key
    epoch: Epoch
    """Fencing number of this claim: grows by one with each claim of the job."""
    lease_seconds: Annotated[float, Field(gt=0)]
    machine: Key
    order: Key
    design: Annotated[str, Field(max_length=300)]
    """namespace/name@version"""
    snapshot: Sha256
    recipe: Sha256
    artifacts: Annotated[tuple[ArtifactRef, ...], Field(max_length=32)]
    process: Process = Process.FDM
    copies: Annotated[int, Field(ge=1, le=100)] = 1
    """How many equal parts lie on this plate. They share its attempt until each is judged."""
    material: Annotated[str, Field(max_length=40)]
    colour: Annotated[str | None, Field(max_length=200)] = None
    thickness_mm: Annotated[float, Field(gt=0, le=500)] | None = None
    """Of the sheet that the part is cut from."""
    hints: PrintHints = PrintHints()
    note: Text = ""
    source_url: Annotated[str | None, Field(max_length=600)] = None
    """Where the complete source of what is made can be had: it goes along with the part, as its licence may ask."""


class HeldLease(Message):
    attempt: str
    epoch: Epoch


class MachineReport(Message):
    """How a machine is now, for the live page. Values the machine does not report are None."""

    key: Key
    state: Literal["offline", "idle", "printing", "paused", "busy", "error"]
    bed: BedState
    file: Text | None = None
    attempt: str | None = None
    progress: Annotated[float, Field(ge=0, le=1)] | None = None
    seconds_left: Annotated[float, Field(ge=0)] | None = None
    nozzle_c: float | None = None
    bed_c: float | None = None
    message: Text | None = None


class Heartbeat(Message):
    machines: Annotated[tuple[MachineReport, ...], Field(max_length=500)]
    leases: Annotated[tuple[HeldLease, ...], Field(max_length=500)] = ()


class LeaseReply(Message):
    attempt: str
    held: bool
    """False: the lease is lost. Before START_INTENT the agent stops; afterwards it goes on and reports."""
    lease_seconds: float = 0


class Command(Message):
    attempt: str
    action: Literal["cancel", "pause", "resume"]


class RecallNotice(Message):
    """What a machine makes, or just made, was recalled for safety. Nothing is cut by it: people decide."""

    attempt: str
    design: Annotated[str, Field(max_length=300)]
    """namespace/name@version"""
    reason: Text


class HeartbeatReply(Message):
    leases: tuple[LeaseReply, ...]
    commands: tuple[Command, ...] = ()
    recalls: tuple[RecallNotice, ...] = ()
    """Of the attempts that the heartbeat names."""


class AskPermit(Message):
    attempt: str
    epoch: Epoch
    gcode_sha256: Sha256


class Permit(Message):
    """Leave to start once. Valid for `valid_seconds` from the moment the agent *sent* its request."""

    permit: str
    attempt: str
    valid_seconds: Annotated[float, Field(gt=0)]


class SliceFigures(Message):
    slicer: Text
    """Name and version."""
    profile: Text
    gcode_sha256: Sha256
    gcode_bytes: Annotated[int, Field(ge=0)]
    print_seconds: Annotated[float, Field(ge=0)] | None = None
    filament_g: Annotated[float, Field(ge=0)] | None = None
    filament_mm: Annotated[float, Field(ge=0)] | None = None
    layers: Annotated[int, Field(ge=0)] | None = None
    copies: Annotated[int, Field(ge=1, le=1000)] = 1
    """On the plate, which is what the other figures are of."""
    model_sha256: Sha256 | None = None
    """Of the artifact that it was made from: the link between the registry's files and the machine's."""


class Report(Message):
    """One thing that happened, in the order of `sequence`, which the agent's journal gives out and never reuses."""

    sequence: Sequence
    attempt: str
    epoch: Epoch
    state: AttemptState
    at: datetime
    reason: Text | None = None
    """Why, where the state alone does not say: the error, the operator's words."""
    retry: bool = False
    """On `failed`: it is proved that nothing was begun, and another try may succeed, so the job may be queued again."""
    figures: SliceFigures | None = None
    print_seconds: Annotated[float, Field(ge=0)] | None = None
    """How long the machine really took, on finished states."""
    starts_seen: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """How often the machine's own record says the file was begun."""
    good_copies: Annotated[int, Field(ge=0, le=100)] | None = None
    """On `good`, of a plate with several copies: how many came out good; the others are scrap. None: all."""


class Reports(Message):
    reports: Annotated[tuple[Report, ...], Field(min_length=1, max_length=200)]


class ReportsReply(Message):
    acknowledged: int
    """Highest sequence number up to which everything is kept; the agent may forget those."""
    late: tuple[int, ...] = ()
    """Sequence numbers that came under a stale epoch: kept as history, they moved no state."""
