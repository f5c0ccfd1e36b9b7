"""A working registry for one facility, in memory, that speaks fabnode.protocol over real HTTP.

It hands out jobs under epochs and leases, gives permits, keeps reports once, and can be made to misbehave: see `Fault`.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

from aiohttp import web
from pydantic import BaseModel, ValidationError

from fabnode import protocol as p
from fabnode.protocol import AttemptState as S
from tests.simulators.signed_log import ProvingRegistry

BEFORE_START = {S.CLAIMED, S.BUILDING, S.SLICED, S.STAGED, S.AWAITING_OPERATOR}
OVER = {S.GOOD, S.SCRAP, S.FAILED, S.CANCELLED}


class Fault(Enum):
    """One misbehaviour of the next call to a path."""

    LOSE_REQUEST = auto()
    """The connection drops before anything happened."""
    LOSE_ANSWER = auto()
    """It happens, then the connection drops."""
    FAIL = auto()
    """503."""
    NONSENSE = auto()
    """200 with bytes that are no message."""


@dataclass
class Job:
    id: str
    template: p.ClaimedJob
    """What a claim of it says, its attempt and epoch aside."""
    machines: tuple[str, ...] | None = None
    epoch: int = 0
    queued: bool = True
    attempts: list[str] = field(default_factory=list)


@dataclass
class Attempt:
    id: str
    job: Job
    epoch: int
    machine: str
    state: S = S.CLAIMED
    current: bool = True
    permits: int = 0
    may_start: bool = True
    reports: list[p.Report] = field(default_factory=list)


class SimulatedRegistry:
    """Start with `async with`; `.url` is its address."""

    def __init__(self, *, lease_seconds: float = 60.0, permit_seconds: float = 30.0) -> None:
        self.lease_seconds = lease_seconds
        self.permit_seconds = permit_seconds
        self.codes = {"code-1"}
        self.tokens: set[str] = set()
        self.cards: dict[str, p.MachineCard] = {}
        self.jobs: list[Job] = []
        self.attempts: dict[str, Attempt] = {}
        self.answers: dict[str, p.ClaimedJob] = {}
        self.commands: list[p.Command] = []
        self.machine_reports: dict[str, p.MachineReport] = {}
        self.blobs: dict[str, bytes] = {}
        self.blob_bytes_sent = 0
        self.snapshots: dict[tuple[str, str], bytes] = {}
        self.refuses_snapshots = False
        self.proofs: ProvingRegistry | None = None
        """What it can prove; None: nothing."""
        self.acknowledged = 0
        self.faults: dict[str, deque[Fault]] = {}
        self.offline = False
        self.calls: list[str] = []
        self.violations: list[str] = []
        """What an agent must never do, and did."""
        self._ids = count(1)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "SimulatedRegistry":
        app = web.Application(client_max_size=8 << 20)
        routes = {
            ("POST", "/nodes/enrol"): self._route(p.Enrol, self._enrol),
            ("PUT", "/node/machines"): self._route(p.Announce, self._announce),
            ("POST", "/node/claim"): self._route(p.Claim, self._claim),
            ("POST", "/node/heartbeat"): self._route(p.Heartbeat, self._heartbeat),
            ("POST", "/node/permit"): self._route(p.AskPermit, self._permit),
            ("POST", "/node/reports"): self._route(p.Reports, self._report),
            ("GET", "/blobs/{digest}"): self._blob,
            ("GET", "/designs/{namespace}/{name}/versions/{version}/provenance"): self._provenance,
            ("GET", "/log/consistency"): self._consistency,
            ("POST", "/node/snapshots/{attempt}/{moment}"): self._snapshot,
        }
        for (method, path), handler in routes.items():
            app.router.add_route(method, f"/api/v1{path}", handler)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner
        await self._runner.cleanup()

    # ---- what a test does to it

    def blob(self, data: bytes, name: str = "model.stl") -> p.ArtifactRef:
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return p.ArtifactRef(name=name, sha256=digest, size=len(data))

    async def order(
        self,
        *artifacts: p.ArtifactRef,
        material: str = "PLA",
        hints: p.PrintHints | None = None,
        machines: tuple[str, ...] | None = None,
        copies: int = 1,
        process: p.Process = p.Process.FDM,
        thickness_mm: float | None = None,
    ) -> Job:
        """A plate of so many copies that any of `machines` may take."""
        number = next(self._ids)
        template = p.ClaimedJob(
            job=f"job-{number}", attempt="none", epoch=1, lease_seconds=self.lease_seconds, machine="none",
            order=f"order-{number}", design="ada/cube@1.0.0", snapshot="0" * 64, recipe="1" * 64,
            artifacts=artifacts, material=material, hints=hints or p.PrintHints(), copies=copies,
            process=process, thickness_mm=thickness_mm, source_url="https://cofab.example/<b>cube</b>/source.zip",
        )  # fmt: skip
        job = Job(f"job-{number}", template, machines)
        self.jobs.append(job)
        await self._wake()
        return job

    async def lose_lease(self, attempt: str) -> None:
        """The lease ran out: queued again only when it never had leave to start."""
        known = self.attempts[attempt]
        if known.state in BEFORE_START and not known.permits:
            known.current = False
            known.job.queued = True
        await self._wake()

    async def stop_counting(self, attempt: str) -> None:
        """Whatever its state, the registry does not hold this claim any more."""
        self.attempts[attempt].current = False
        await self._wake()

    def command(self, attempt: str, action: str) -> None:
        self.commands.append(p.Command.model_validate({"attempt": attempt, "action": action}))

    def misbehave(self, path: str, *faults: Fault) -> None:
        self.faults.setdefault(path, deque()).extend(faults)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is so; it is looked at after every call."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def told(self, attempt: str) -> list[str]:
        return [report.state.value for report in self.attempts[attempt].reports]

    # ---- how it answers

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _route(
        self, kind: type[BaseModel], act: Callable[..., Awaitable[BaseModel | None]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            path = request.path.removeprefix("/api/v1")
            self.calls.append(path)
            fault = self._fault(request, path)
            if kind is not p.Enrol and request.headers.get("Authorization", "")[7:] not in self.tokens:
                return _problem(401, "unknown_token", "this token is not known")
            try:
                message = kind.model_validate_json(await request.read())
            except ValidationError as error:
                return _problem(422, "invalid", str(error))
            try:
                answer = await act(message)
            except web.HTTPException:
                raise
            finally:
                await self._wake()
            if fault is Fault.LOSE_ANSWER:
                _drop(request)
            if fault is Fault.NONSENSE:
                return web.Response(text="<html>hello</html>", content_type="text/html")
            if answer is None:
                return web.Response(status=204)
            return web.Response(body=answer.model_dump_json().encode(), content_type="application/json")

        return handle

    def _fault(self, request: web.Request, path: str) -> Fault | None:
        if self.offline:
            _drop(request)
        waiting = self.faults.get(path)
        fault = waiting.popleft() if waiting else None
        if fault is Fault.LOSE_REQUEST:
            _drop(request)
        if fault is Fault.FAIL:
            raise web.HTTPServiceUnavailable
        return fault

    async def _enrol(self, message: p.Enrol) -> p.Enrolled:
        if message.code not in self.codes:
            raise _refusal(403, "unknown_code", "this enrolment code is not known or was used already")
        self.codes.discard(message.code)
        number = next(self._ids)
        token = f"cofab_node_{number}"
        self.tokens.add(token)
        return p.Enrolled(node=f"node-{number}", token=token, facility="lab", facility_name="The lab")

    async def _announce(self, message: p.Announce) -> p.Announced:
        self.cards = {card.key: card for card in message.machines}
        return p.Announced(machines=tuple(p.AnnouncedMachine(key=key, machine=f"m-{key}") for key in self.cards))

    async def _claim(self, message: p.Claim) -> p.ClaimedJob | None:
        if message.idempotency_key in self.answers:
            return self.answers[message.idempotency_key]
        try:
            async with asyncio.timeout(message.wait_seconds), self._changed:
                await self._changed.wait_for(lambda: self.offline or self._match(message) is not None)
        except TimeoutError:
            return None
        found = self._match(message)
        return self._hand_out(*found, message.idempotency_key) if found else None

    def _match(self, message: p.Claim) -> tuple[Job, str] | None:
        for job in self.jobs:
            for key in message.machines:
                card = self.cards.get(key)
                loaded = card is not None and job.template.material in {held.material for held in card.materials}
                suits = loaded and card is not None and card.process is job.template.process
                if job.queued and suits and (job.machines is None or key in job.machines):
                    return job, key
        return None

    def _hand_out(self, job: Job, machine: str, key: str) -> p.ClaimedJob:
        job.epoch += 1
        job.queued = False
        attempt = Attempt(f"attempt-{next(self._ids)}", job, job.epoch, machine)
        for earlier in job.attempts:
            self.attempts[earlier].current = False
        job.attempts.append(attempt.id)
        self.attempts[attempt.id] = attempt
        said = job.template.model_copy(update={"attempt": attempt.id, "epoch": job.epoch, "machine": machine})
        self.answers[key] = said
        return said

    async def _heartbeat(self, message: p.Heartbeat) -> p.HeartbeatReply:
        self.machine_reports = {report.key: report for report in message.machines}
        replies = []
        for lease in message.leases:
            known = self.attempts.get(lease.attempt)
            held = known is not None and known.current and known.epoch == lease.epoch
            replies.append(
                p.LeaseReply(attempt=lease.attempt, held=held, lease_seconds=self.lease_seconds if held else 0)
            )
        return p.HeartbeatReply(leases=tuple(replies), commands=tuple(self.commands))

    async def _permit(self, message: p.AskPermit) -> p.Permit:
        known = self.attempts.get(message.attempt)
        if known is None or not known.current or known.epoch != message.epoch:
            raise _refusal(409, "stale_epoch", "this claim no longer counts")
        if not known.may_start or known.state not in BEFORE_START:
            raise _refusal(409, "may_not_start", f"the attempt is {known.state.value}")
        known.permits += 1
        return p.Permit(permit=f"permit-{next(self._ids)}", attempt=known.id, valid_seconds=self.permit_seconds)

    async def _report(self, message: p.Reports) -> p.ReportsReply:
        late = []
        for report in message.reports:
            if report.sequence <= self.acknowledged:
                continue
            if report.sequence != self.acknowledged + 1:
                self.violations.append(f"report {report.sequence} came after {self.acknowledged}")
            self.acknowledged = report.sequence
            known = self.attempts[report.attempt]
            known.reports.append(report)
            if known.state in OVER:
                self.violations.append(f"{known.id} was {known.state.value} and became {report.state.value}")
            if not known.current:
                late.append(report.sequence)
                continue
            if report.state is S.FAILED and report.retry and known.state in BEFORE_START:
                known.job.queued = True
            known.state = report.state
            met = {
                "cancel": {S.CANCELLED, S.FINISHED_UNVERIFIED, S.FAILED},
                "pause": {S.PAUSED},
                "resume": {S.PRINTING},
            }
            self.commands = [
                c for c in self.commands if c.attempt != report.attempt or report.state not in met[c.action]
            ]
        return p.ReportsReply(acknowledged=self.acknowledged, late=tuple(late))

    async def _snapshot(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v1")
        self.calls.append(path)
        fault = self._fault(request, path)
        if self.refuses_snapshots:
            return _problem(404, "not_found", "this agent has no such attempt")
        self.snapshots.setdefault((request.match_info["attempt"], request.match_info["moment"]), await request.read())
        await self._wake()
        if fault is Fault.LOSE_ANSWER:
            _drop(request)
        return web.json_response({}, status=201)

    async def _provenance(self, request: web.Request) -> web.StreamResponse:
        if self.proofs is None:
            return _problem(404, "not_logged", "the log has no entry of it")
        name = "{namespace}/{name}@{version}".format(**request.match_info)
        bundle = await self.proofs.provenance(name, request.query["build"])
        return web.Response(body=bundle.model_dump_json(exclude_none=True).encode(), content_type="application/json")

    async def _consistency(self, request: web.Request) -> web.StreamResponse:
        assert self.proofs is not None
        first, second = int(request.query["first"]), int(request.query["second"])
        path = await self.proofs.consistency(first, second)
        return web.json_response({"first": first, "second": second, "path": [node.hex() for node in path]})

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault(request, "/blobs")
        data = self.blobs.get(request.match_info["digest"])
        if data is None:
            return _problem(404, "unknown_blob", "there is no such blob")
        start = request.http_range.start or 0
        body = data[start:]
        response = web.StreamResponse(status=206 if start else 200, headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        cut = len(body) // 2 if fault is Fault.LOSE_ANSWER else len(body)
        if fault is Fault.NONSENSE:
            body = bytes(byte ^ 255 for byte in body)
        await response.write(body[:cut])
        self.blob_bytes_sent += cut
        if fault is Fault.LOSE_ANSWER:
            _drop(request)
        return response


def _drop(request: web.Request) -> None:
    if request.transport:
        request.transport.close()
    raise ConnectionResetError("the simulator dropped the connection")


def _problem(status: int, code: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    return web.json_response(body, status=status, content_type="application/problem+json")


def _refusal(status: int, code: str, detail: str) -> web.HTTPException:
    answer = _problem(status, code, detail)
    kind = {403: web.HTTPForbidden, 409: web.HTTPConflict}[status]
    return kind(text=answer.text, content_type="application/problem+json")
