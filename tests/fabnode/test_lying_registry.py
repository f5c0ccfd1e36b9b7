"""A registry that lies, floods, or fails in one thing: the agent stays in its right mind, and so do its machines."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from fabnode import protocol as p
from fabnode.agent import Agent
from fabnode.protocol import AttemptState as S
from tests.fabnode.conftest import QUICK, Lab, box_3mf
from tests.fabnode.test_agent import eventually, running, starts, told
from tests.simulators.registry import SimulatedRegistry

IMPATIENT = QUICK.replace("[operator]", "give_back_seconds = 0.3\n[operator]")
LONG = "no, and here is why at length; " * 400


class LyingRegistry(SimulatedRegistry):
    """Each lie is one attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: tuple[str, str] | None = None
        self.refusals_left = 0
        self.permit_names: str | None = None
        self.lease_told: float | None = None
        self.claims_end_at_once = False
        self.acknowledges: int | None = None
        self.no_blobs = False
        self.redirect: str | None = None
        self.beats: list[p.Heartbeat] = []

    async def _permit(self, message: p.AskPermit) -> p.Permit:
        if self.refusal and self.refusals_left:
            self.refusals_left -= 1
            code, detail = self.refusal
            body = json.dumps({"title": code, "status": 409, "detail": detail, "code": code})
            raise web.HTTPConflict(text=body, content_type="application/problem+json")
        granted = await super()._permit(message)
        return granted.model_copy(update={"attempt": self.permit_names}) if self.permit_names else granted

    async def _heartbeat(self, message: p.Heartbeat) -> p.HeartbeatReply:
        self.beats.append(message)
        reply = await super()._heartbeat(message)
        if self.lease_told is None:
            return reply
        told = tuple(lease.model_copy(update={"lease_seconds": self.lease_told}) for lease in reply.leases)
        return reply.model_copy(update={"leases": told})

    async def _claim(self, message: p.Claim) -> p.ClaimedJob | None:
        if self.claims_end_at_once:
            return None
        return await super()._claim(message)

    async def _report(self, message: p.Reports) -> p.ReportsReply:
        if message.reports[0].sequence > self.acknowledged + 1:
            return p.ReportsReply(acknowledged=self.acknowledged)
        reply = await super()._report(message)
        return reply if self.acknowledges is None else p.ReportsReply(acknowledged=self.acknowledges)

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        if self.no_blobs:
            raise web.HTTPServiceUnavailable
        if self.redirect:
            raise web.HTTPFound(self.redirect)
        return await super()._blob(request)


@pytest.fixture
async def registry(lab: Lab) -> AsyncIterator[LyingRegistry]:
    async with LyingRegistry() as registry:
        lab.enrol(registry)
        yield registry
        assert registry.violations == []


async def waiting_for_bed(registry: LyingRegistry, cube: bytes, agent: Agent) -> str:
    job = await registry.order(registry.blob(cube))
    return await told(registry, job, "awaiting_operator")


async def test_a_refusal_of_any_length_ends_the_attempt_and_is_told(
    lab: Lab, registry: LyingRegistry, cube: bytes
) -> None:
    registry.refusal, registry.refusals_left = ("recalled", LONG), 1
    async with running(lab, lab.config("m1")) as agent:
        attempt = await waiting_for_bed(registry, cube, agent)
        await agent.clear_bed("m1", "ada")
        await registry.until(lambda: registry.told(attempt)[-1] == "cancelled")
    assert starts(lab.machine("m1")) == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [("other_gcode", "wait until that permit has expired"), ("conflict", "somebody else did the same: look again")],
)
async def test_a_no_that_ends_by_itself_is_waited_for_and_not_given_up(
    lab: Lab, registry: LyingRegistry, cube: bytes, code: str, words: str
) -> None:
    registry.refusal, registry.refusals_left = (code, words), 2
    async with running(lab, lab.config("m1")) as agent:
        attempt = await waiting_for_bed(registry, cube, agent)
        await agent.clear_bed("m1", "ada")
        await registry.until(lambda: "finished_unverified" in registry.told(attempt))
    assert starts(lab.machine("m1")) == 1


async def test_a_permit_for_something_else_starts_nothing(lab: Lab, registry: LyingRegistry, cube: bytes) -> None:
    registry.permit_names = "another"
    async with running(lab, lab.config("m1")) as agent:
        attempt = await waiting_for_bed(registry, cube, agent)
        await agent.clear_bed("m1", "ada")
        await registry.until(lambda: registry.calls.count("/node/permit") > 2)
        assert registry.told(attempt)[-1] == "staged"
        assert starts(lab.machine("m1")) == 0


async def test_absurd_leases_make_no_storm_of_heartbeats(lab: Lab, registry: LyingRegistry, cube: bytes) -> None:
    registry.lease_told = 1e-9
    async with running(lab, lab.config("m1")) as agent:
        await waiting_for_bed(registry, cube, agent)
        before = len(registry.beats)
        await asyncio.sleep(1)
        assert len(registry.beats) - before < 12


async def test_claims_that_end_at_once_make_no_storm(lab: Lab, registry: LyingRegistry) -> None:
    registry.claims_end_at_once = True
    async with running(lab, lab.config("m1")):
        await registry.until(lambda: registry.calls.count("/node/claim") > 0)
        before = registry.calls.count("/node/claim")
        await asyncio.sleep(1)
        assert registry.calls.count("/node/claim") - before < 45


async def test_acknowledging_what_was_never_sent_loses_nothing(lab: Lab, registry: LyingRegistry, cube: bytes) -> None:
    registry.acknowledges = 10**9
    async with running(lab, lab.config("m1")) as agent:
        attempt = await waiting_for_bed(registry, cube, agent)
        await agent.clear_bed("m1", "ada")
        await registry.until(lambda: "finished_unverified" in registry.told(attempt))


async def test_a_registry_without_its_files_gets_its_job_back(lab: Lab, registry: LyingRegistry, cube: bytes) -> None:
    registry.no_blobs = True
    job = await registry.order(registry.blob(cube))
    async with running(lab, lab.config("m1", agent=IMPATIENT)):
        attempt = await told(registry, job, "failed")
        assert registry.attempts[attempt].reports[-1].retry
        registry.no_blobs = False
        await told(registry, job, "awaiting_operator")


async def test_no_redirect_is_followed_with_the_token_or_without(
    lab: Lab, registry: LyingRegistry, cube: bytes
) -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(body=cube)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    registry.redirect = f"http://127.0.0.1:{runner.addresses[0][1]}/internal"
    job = await registry.order(registry.blob(cube))
    try:
        async with running(lab, lab.config("m1", agent=IMPATIENT)):
            await told(registry, job, "failed")
    finally:
        await runner.cleanup()
    assert seen == []


def broken_3mf() -> bytes:
    """A 3MF whose compressed model is damaged."""
    package = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(box_3mf(10, 10, 4))) as whole, zipfile.ZipFile(package, "w") as parts:
        for name in whole.namelist():
            parts.writestr(name, whole.read(name), zipfile.ZIP_DEFLATED)
    data = bytearray(package.getvalue())
    at = data.rindex(b"3D/3dmodel.model", 0, data.index(b"PK\x01\x02")) + len(b"3D/3dmodel.model")
    data[at : at + 40] = b"\xff" * 40
    return bytes(data)


async def test_a_damaged_model_fails_its_attempt_and_not_the_machine(
    lab: Lab, registry: LyingRegistry, cube: bytes
) -> None:
    bad = await registry.order(registry.blob(broken_3mf(), "model.3mf"))
    async with running(lab, lab.config("m1")):
        await told(registry, bad, "failed")
        good = await registry.order(registry.blob(cube))
        await told(registry, good, "awaiting_operator")


@pytest.mark.parametrize("name", ["../machines/m1/bed-clear?", "a/b", "", "x" * 200, "é"])
def test_an_attempt_cannot_be_named_like_another_page(name: str) -> None:
    digest = "0" * 64
    with pytest.raises(ValueError, match="attempt"):
        p.ClaimedJob(
            job="j", attempt=name, epoch=1, lease_seconds=1, machine="m1", order="o", design="a/b@1", snapshot=digest,
            recipe=digest, artifacts=(), material="PLA",
        )  # fmt: skip


async def test_more_parts_wait_for_their_verdict_than_a_heartbeat_holds(lab: Lab, registry: LyingRegistry) -> None:
    agent = Agent(lab.home, lab.config("m1"), lab.home.identity())
    digest = "0" * 64
    for number in range(501):
        job = p.ClaimedJob(
            job=f"j{number}", attempt=f"a{number}", epoch=1, lease_seconds=60, machine="m1", order="o",
            design="a/b@1", snapshot=digest, recipe=digest, artifacts=(), material="PLA",
        )  # fmt: skip
        await agent._ledger.settle_claim(f"k{number}", job, f"f{number}.gcode")
        agent._ledger._journal._db.execute("UPDATE attempts SET state = ?", (S.FINISHED_UNVERIFIED,))
    async with agent.registry:
        await agent.link.beat_once()
    assert len(registry.beats) == 1
    await agent._ledger.close()


async def test_reports_that_a_restored_registry_lost_are_told_again(
    lab: Lab, registry: LyingRegistry, cube: bytes
) -> None:
    async with running(lab, lab.config("m1")) as agent:
        attempt = await waiting_for_bed(registry, cube, agent)
        await registry.until(lambda: registry.acknowledged >= 4)
        registry.acknowledged = 1  # its database is that of an hour ago
        registry.attempts[attempt].reports = registry.attempts[attempt].reports[:1]
        await agent.clear_bed("m1", "ada")
        await registry.until(lambda: "finished_unverified" in registry.told(attempt), seconds=10)
        await eventually(lambda: agent.link.state.owed == 0)
    made = ["claimed", "building", "sliced", "awaiting_operator", "staged", "starting", "printing"]
    assert registry.told(attempt) == [*made, "finished_unverified"]
