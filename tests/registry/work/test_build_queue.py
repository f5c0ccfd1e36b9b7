"""The builds' queue over each database, without any jail: who is next, what is lost, put back and given up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from designs.build import ARTIFACTS, QUICK
from designs.recipe import Recipe
from registry.actions import build_queue as queue
from registry.actions import builds as actions
from registry.actions.build_queue import Ending, Finished, MadeArtifact, MadeFile, Taken
from registry.actions.builds import CANCELLED, INTERRUPTED, ArtifactState, BuildFailure, BuildState, BuildView
from registry.actions.designs import read_version
from registry.core.builds import GRACE, VISITORS, Asker, KeptFor, Limits, Urgency
from registry.errors import RateLimited
from registry.ids import BuildId, design_name
from registry.store import blobs
from registry.store.clock import database_now
from registry.store.tables.builds import build_waits
from tests.registry.harness import Person, Registry

T = TypeVar("T")
LEASE = timedelta(seconds=15)
LIMITS = Limits()
ADA, BOB = Asker("mem_ada"), Asker("mem_bob")
FAILED = Finished((), None, [], {}, BuildFailure("timeout", "too slow", ""))
GIVEN_UP = Finished((), None, [], {}, BuildFailure(CANCELLED, "", ""))
GEOMETRY, FILE = "a" * 64, "b" * 64


class Desk:
    """What workers and askers do with the queue, in one transaction each."""

    def __init__(self, registry: Registry) -> None:
        self._db = registry.parts.db

    async def write(self, action: Callable[[sa.Connection], T]) -> T:
        return await self._db.write(action)

    async def recipe(self, width: float = 20) -> Recipe:
        def find(c: sa.Connection) -> Recipe:
            version = read_version(c, design_name("ada", "box"), "1.0.0")
            return actions.recipe_for(version, {"width": f"{width:g}"}, None, "some engine")

        return await self._db.read(find)

    async def ask(self, width: float = 20, asker: Asker = ADA, **more: Any) -> BuildView:
        recipe = await self.recipe(width)
        return await self.write(lambda c: actions.request_build(c, recipe, database_now(c), asker=asker, **more))

    async def ask_files(self, build: BuildId, *names: str, asker: Asker = ADA, **more: Any) -> None:
        await self.write(lambda c: actions.request_artifacts(c, build, names, database_now(c), asker=asker, **more))

    async def take(self, worker: str = "here", lease: timedelta = LEASE, limits: Limits = LIMITS) -> Taken | None:
        return await self.write(lambda c: queue.take_next(c, worker, lease, limits))

    async def must_take(self, worker: str = "here", lease: timedelta = LEASE) -> Taken:
        taken = await self.take(worker, lease)
        assert taken is not None
        return taken

    async def finish(self, build: BuildId, finished: Finished, worker: str = "here") -> Ending:
        return await self.write(lambda c: queue.finish(c, build, worker, finished, database_now(c)))

    async def build_it(self, width: float = 20, **more: Any) -> BuildView:
        """A build that is done, with its geometry and what a slider shows."""
        build = await self.ask(width, **more)
        while (taken := await self.must_take()).id != build.id:
            await self.finish(taken.id, FAILED)
        await self.write(lambda c: blobs.record_blobs(c, {GEOMETRY: 3, FILE: 5}, database_now(c)))
        files = tuple(MadeFile(name, FILE, 5) for name in QUICK)
        assert await self.finish(build.id, Finished(files, {}, [], {}, None, GEOMETRY)) is Ending.KEPT
        return await self.read(build.id)

    async def made(self, taken: Taken, *made: MadeArtifact, worker: str = "here") -> frozenset[Ending]:
        return await self.write(lambda c: queue.finish_artifacts(c, taken, worker, made, geometry=None))

    async def read(self, build: BuildId) -> BuildView:
        return await self._db.read(lambda c: actions.read_build(c, build))

    async def time_passes(self) -> None:
        """Nobody was heard of for longer than the grace."""
        await self.write(lambda c: c.execute(sa.update(build_waits).values(until=database_now(c) - GRACE)))

    async def sweep(self) -> None:
        await self.write(queue.give_up_unwanted)


@pytest.fixture
async def desk(registry: Registry, ada: Person) -> Desk:
    """Nothing is queued: the version's own builds are out of the way."""
    await ada.published()
    desk = Desk(registry)
    default = await desk.must_take()
    await desk.finish(default.id, FAILED)
    assert await desk.take() is None
    return desk


async def test_what_a_hundred_ask_for_is_made_once(desk: Desk):
    asked = await asyncio.gather(*(desk.ask(33, Asker(f"mem_{number}")) for number in range(40)))
    assert len({build.id for build in asked}) == 1
    taken = [await desk.take() for _ in range(2)]
    assert [build is not None for build in taken] == [True, False]


async def test_two_workers_never_take_the_same(desk: Desk):
    for width in range(10, 30):
        await desk.ask(width)
    limits = Limits(running_per_member=100)
    taken = await asyncio.gather(*(desk.take(f"worker {number}", limits=limits) for number in range(30)))
    ids = [build.id for build in taken if build is not None]
    assert len(ids) == len(set(ids)) == 20


async def test_what_its_worker_fell_silent_over_is_taken_up_and_its_late_result_changes_nothing(desk: Desk):
    build = await desk.ask()
    lost = await desk.must_take("elsewhere:1:1:x", timedelta(seconds=-1))
    again = await desk.must_take("here")
    assert (lost.id, again.id, again.tries) == (build.id, build.id, 2)
    tell = lambda c: queue.note_progress(c, lost, "elsewhere:1:1:x", stage="x", progress=0.5, lease=LEASE)  # noqa: E731
    assert await desk.write(tell) is False
    assert await desk.finish(lost.id, FAILED, "elsewhere:1:1:x") is Ending.LOST
    assert await desk.finish(lost.id, FAILED, "here") is Ending.KEPT
    assert await desk.finish(lost.id, FAILED, "here") is Ending.LOST


async def test_two_hundred_of_one_member_delay_anothers_one_by_no_more_than_what_runs(desk: Desk):
    limits = Limits(queued_per_member=1000)
    await desk.ask(5, BOB)
    first = await desk.must_take()
    await desk.finish(first.id, FAILED)
    for number in range(200):
        await desk.ask(10 + number / 10, ADA, limits=limits)
    running = [await desk.must_take(f"worker {number}") for number in range(2)]
    other = await desk.ask(6, BOB)
    await desk.finish(running[0].id, FAILED, "worker 0")
    following = await desk.must_take("worker 0")
    assert following.id == other.id


async def test_what_is_made_ahead_waits_for_everybody_else(desk: Desk):
    ahead = await desk.ask(31, kept_for=KeptFor.AHEAD)
    wished = await desk.ask(32, kept_for=KeptFor.AHEAD)
    order = await desk.ask(33, BOB, kept_for=KeptFor.ORDER)
    seen = await desk.ask(34, BOB)
    await desk.ask(32, BOB)
    taken = [await desk.must_take(f"worker {number}") for number in range(4)]
    assert {taken[0].id, taken[1].id} == {wished.id, seen.id}
    assert [one.id for one in taken[2:]] == [order.id, ahead.id]
    assert [one.urgency for one in taken] == [Urgency.NOW, Urgency.NOW, Urgency.SOON, Urgency.AHEAD]


async def test_what_is_made_ahead_gives_way_only_while_no_worker_is_free(desk: Desk):
    await desk.ask(31, kept_for=KeptFor.AHEAD)
    taken = await desk.must_take()
    gives_way = lambda idle: desk.write(lambda c: queue.should_give_way(c, taken.urgency, Limits(), idle=idle))  # noqa: E731
    assert not await gives_way(0)
    await desk.ask(32, BOB)
    assert await gives_way(0)
    assert not await gives_way(1)
    assert await desk.finish(taken.id, GIVEN_UP) is Ending.PUT_BACK
    back = await desk.read(taken.id)
    assert back.state is BuildState.QUEUED
    assert [(await desk.must_take()).tries for _ in range(2)] == [1, 1]


async def test_a_queued_build_that_nobody_waits_for_is_given_up_and_made_when_asked_for_again(desk: Desk):
    build = await desk.ask()
    await desk.sweep()
    assert (await desk.read(build.id)).state is BuildState.QUEUED
    await desk.time_passes()
    assert await desk.take() is None
    await desk.sweep()
    given_up = await desk.read(build.id)
    assert given_up.error is not None
    assert (given_up.state, given_up.error.kind) == (BuildState.FAILED, CANCELLED)
    again = await desk.ask()
    assert (again.state, again.error) == (BuildState.QUEUED, None)
    assert (await desk.must_take()).tries == 1


async def test_a_running_build_is_wanted_as_long_as_one_of_its_askers_waits(desk: Desk):
    build = await desk.ask(asker=ADA)
    await desk.ask(asker=BOB)
    taken = await desk.must_take()
    wanted = lambda: desk.write(lambda c: queue.is_wanted(c, build.id, taken.artifacts))  # noqa: E731
    await desk.write(lambda c: queue.release(c, build.id, ADA.key))
    assert await wanted()
    await desk.write(lambda c: queue.release(c, build.id, BOB.key))
    assert not await wanted()
    assert await desk.finish(build.id, GIVEN_UP) is Ending.KEPT
    assert (await desk.read(build.id)).state is BuildState.FAILED


async def test_whoever_comes_while_it_is_being_ended_has_it_made_all_the_same(desk: Desk):
    build = await desk.ask()
    await desk.must_take()
    await desk.time_passes()
    await desk.ask(asker=BOB)
    assert await desk.finish(build.id, GIVEN_UP) is Ending.PUT_BACK
    assert (await desk.must_take()).id == build.id


async def test_an_order_keeps_its_build_also_when_nobody_waits(desk: Desk):
    build = await desk.ask()
    await desk.ask(kept_for=KeptFor.ORDER)
    await desk.time_passes()
    await desk.sweep()
    assert (await desk.must_take()).id == build.id


async def test_one_page_that_leaves_does_not_speak_for_another(desk: Desk):
    first, second = replace(ADA, waiter="one"), replace(ADA, waiter="two")
    build = await desk.ask(asker=first)
    await desk.ask(asker=second)
    await desk.write(lambda c: queue.release(c, build.id, first.key))
    assert (await desk.read(build.id)).state is BuildState.QUEUED
    await desk.write(lambda c: queue.release(c, build.id, second.key))
    assert (await desk.read(build.id)).state is BuildState.FAILED


async def test_a_member_has_no_more_running_than_the_limit(desk: Desk):
    limits = Limits(running_per_member=2)
    for width in range(10, 15):
        await desk.ask(width)
    taken = [await desk.take(f"worker {number}", limits=limits) for number in range(3)]
    assert [one is not None for one in taken] == [True, True, False]
    await desk.ask(20, BOB)
    other = await desk.take("worker 2", limits=limits)
    assert other is not None


async def test_the_limits_of_what_may_wait(desk: Desk):
    limits = Limits(queued_per_member=2, queued=3)
    for width in (10, 11):
        await desk.ask(width, limits=limits)
    with pytest.raises(RateLimited) as refused:
        await desk.ask(12, limits=limits)
    assert (refused.value.reason, refused.value.facts["retry_after_seconds"]) == ("too_many_own_builds", 60)
    await desk.ask(10, limits=limits)  # it waits already: nothing new comes in
    await desk.ask(10, BOB, limits=limits)
    await desk.ask(13, BOB, limits=limits)
    with pytest.raises(RateLimited) as full:
        await desk.ask(14, Asker(VISITORS), limits=limits)
    assert full.value.reason == "too_many_builds"
    await desk.ask(15, kept_for=KeptFor.AHEAD, limits=limits)


async def test_what_was_tried_in_vain_for_no_reason_of_its_own_is_tried_again(desk: Desk):
    build = await desk.ask()
    await desk.must_take()
    await desk.finish(build.id, Finished((), None, [], {}, BuildFailure(INTERRUPTED, "", "")))
    assert (await desk.ask()).state is BuildState.QUEUED
    await desk.must_take()
    await desk.finish(build.id, FAILED)
    assert (await desk.ask()).state is BuildState.FAILED


async def test_artifacts_wait_for_their_build_and_are_made_in_one_go(desk: Desk):
    build = await desk.ask()
    await desk.ask_files(build.id, "model.step", "model.glb", "model.stl")
    assert (await desk.read(build.id)).artifact("model.glb").state is ArtifactState.ABSENT
    assert (await desk.must_take()).artifacts == ()
    assert await desk.take() is None
    await desk.write(lambda c: blobs.record_blobs(c, {GEOMETRY: 3, FILE: 5}, database_now(c)))
    files = tuple(MadeFile(name, FILE, 5) for name in QUICK)
    await desk.finish(build.id, Finished(files, {}, [], {}, None, GEOMETRY))
    taken = await desk.must_take()
    assert (taken.artifacts, taken.geometry) == (("model.step", "model.stl"), GEOMETRY)
    note = {"code": "step_differs", "severity": "warning", "message": "the STEP file differs"}
    endings = await desk.made(
        taken,
        MadeArtifact("model.step", MadeFile("model.step", FILE, 5), findings=[note]),
        MadeArtifact("model.stl", withheld="it is empty", findings=[note]),
    )
    assert endings == {Ending.KEPT}
    view = await desk.read(build.id)
    assert view.artifact("model.step").state is ArtifactState.DONE
    assert view.artifact("model.stl") == actions.ArtifactView("model.stl", ArtifactState.WITHHELD, reason="it is empty")
    assert view.findings == [note]


async def test_an_artifact_that_nobody_waits_for_is_forgotten(desk: Desk):
    build = await desk.build_it()
    await desk.ask_files(build.id, "model.step")
    assert (await desk.read(build.id)).artifact("model.step").state is ArtifactState.QUEUED
    await desk.time_passes()
    await desk.sweep()
    assert (await desk.read(build.id)).artifact("model.step").state is ArtifactState.ABSENT
    await desk.ask_files(build.id, "model.step")
    taken = await desk.must_take()
    await desk.time_passes()
    cancelled = MadeArtifact("model.step", failure=BuildFailure(CANCELLED, "", ""))
    assert await desk.made(taken, cancelled) == {Ending.PUT_BACK}
    assert (await desk.read(build.id)).artifact("model.step").state is ArtifactState.ABSENT


async def test_an_artifact_whose_process_died_is_taken_up_by_another(desk: Desk):
    build = await desk.build_it()
    await desk.ask_files(build.id, "model.step", kept_for=KeptFor.ORDER)
    lost = await desk.must_take("dead:1:1:x")
    await desk.write(lambda c: queue.take_back_from(c, lambda name: name.startswith("dead")))
    again = await desk.must_take()
    assert (again.artifacts, again.tries) == (("model.step",), 2)
    late = MadeArtifact("model.step", MadeFile("model.step", FILE, 5))
    assert await desk.made(lost, late, worker="dead:1:1:x") == {Ending.LOST}
    assert await desk.made(again, late) == {Ending.KEPT}


async def test_a_stopping_process_leaves_nothing_running(desk: Desk):
    build = await desk.build_it()
    await desk.ask_files(build.id, "model.step")
    await desk.must_take("stopping:0")
    await desk.ask(21)
    await desk.must_take("stopping:1")
    await desk.write(lambda c: queue.give_back(c, "stopping"))
    taken = [await desk.must_take(f"other {number}") for number in range(2)]
    assert [one.tries for one in taken] == [1, 1]


async def test_a_failed_artifact_says_why_and_is_not_tried_again(desk: Desk):
    build = await desk.build_it()
    await desk.ask_files(build.id, "model.step")
    taken = await desk.must_take()
    await desk.made(taken, MadeArtifact("model.step", failure=BuildFailure("timeout", "took too long", "")))
    await desk.ask_files(build.id, "model.step")
    found = (await desk.read(build.id)).artifact("model.step")
    assert (found.state, found.kind, found.reason) == (ArtifactState.FAILED, "timeout", "took too long")
    assert await desk.take() is None


async def test_a_new_version_has_everything_made_ahead(registry: Registry, ada: Person):
    told = await ada.published()
    desk = Desk(registry)
    taken = await desk.must_take()
    assert (taken.id, taken.urgency) == (told["default_build"], Urgency.AHEAD)
    view = await desk.read(taken.id)
    assert {artifact.name for artifact in view.artifacts if artifact.state is ArtifactState.QUEUED} == (
        set(ARTIFACTS) - set(QUICK)
    )
