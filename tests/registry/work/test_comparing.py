"""Comparisons of real builds in the real jail, through the queue: made once, on demand, as long as somebody waits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from designs.digest import digest_bytes
from registry.actions import compare as actions
from registry.actions.compare import Outcome
from registry.core.builds import Asker, Limits
from registry.settings import Settings
from registry.store.clock import database_now
from registry.store.tables.builds import builds
from registry.store.tables.comparisons import comparisons
from tests.registry.harness import SCRIPT, Registry, box_files, running

LEASE = timedelta(seconds=15)
DONE_SECONDS = 60


@pytest.fixture
async def workshop(settings: Settings) -> AsyncIterator[Registry]:
    """A registry that builds and compares."""
    async with running(settings.model_copy(update={"build_workers": 1})) as started:
        yield started


async def compared(registry: Registry, a: object, b: object) -> dict[str, Any]:
    """The comparison once it is over."""
    async with asyncio.timeout(DONE_SECONDS):
        while True:
            body = {side: {"version": wish} if isinstance(wish, str) else wish for side, wish in (("a", a), ("b", b))}
            answer = await registry.visitor.post("/compare?wait=20", json=body)
            assert answer.status_code in {200, 202}, answer.text
            if answer.status_code == 200:
                told: dict[str, Any] = answer.json()
                return told


async def rows(registry: Registry) -> list[sa.RowMapping]:
    return await registry.parts.db.read(lambda c: list(c.execute(sa.select(comparisons)).mappings()))


async def test_two_versions_are_compared_and_the_comparison_is_kept(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    taller = box_files(licence="MIT") | {"box.py": SCRIPT.replace("10, height)", "12, height)")}
    await ada.published(version="1.1.0", files=taller)
    told = await compared(workshop, "ada/box@1.0.0", "ada/box@latest")
    assert (told["state"], told["stage"], told["progress"], told["error"]) == ("done", "done", 1.0, None)
    assert told["before"]["name"], told["after"]["name"] == ("ada/box@1.0.0", "ada/box@1.1.0")
    shape = told["shape"]
    assert shape["verdict"] == "different"
    assert (shape["added_mm3"], shape["removed_mm3"], shape["kept_mm3"]) == pytest.approx((400, 0, 2000))
    assert [change["name"] for change in told["manifest"]] == ["design.licence"]
    assert [change["state"] for change in told["files"]] == ["changed", "changed"]
    lines = [line["text"] for line in told["texts"][0]["hunks"][0] if line["mark"] == "+"]
    assert lines == ['result = cq.Workplane("XY").box(width, 12, height)']
    assert {change["name"] for change in told["measurements"]} >= {"volume_mm3", "bounding_box.size.1"}
    url = told["model"]["url"].removeprefix("/api/v1")
    glb = await workshop.visitor.get(url)
    assert glb.headers["content-type"] == "model/gltf-binary"
    assert digest_bytes(glb.content) == told["model"]["sha256"]
    assert len(glb.content) == told["model"]["size"]
    again = await workshop.visitor.get(url, headers={"If-None-Match": glb.headers["etag"]})
    assert again.status_code == 304
    at_once = await workshop.visitor.get("/compare?a=ada/box@1.0.0&b=ada/box@1.1.0")
    assert (at_once.status_code, at_once.json()["shape"]) == (200, shape)
    assert len(await rows(workshop)) == 1


async def test_choices_of_one_version_are_compared_and_built_first(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    wider = {"version": "ada/box@1.0.0", "parameters": {"width": 30}}
    told = await compared(workshop, "ada/box@1.0.0", wider)
    assert told["shape"]["added_mm3"] == pytest.approx(1000)
    (width,) = told["parameters"]
    assert (width["name"], width["before"], width["after"], width["difference"]) == ("width", "20", "30", "10")
    build = {"build": told["after"]["build"]}
    back = await compared(workshop, build, "ada/box@1.0.0")
    assert back["shape"]["removed_mm3"] == pytest.approx(1000)
    same = await compared(workshop, build, wider)
    assert (same["shape"]["verdict"], same["model"]) == ("identical", None)
    assert len(await rows(workshop)) == 2


async def test_a_side_that_cannot_be_built_is_named(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    await ada.published(version="1.1.0", files=box_files() | {"box.py": SCRIPT + "raise ValueError('no box today')"})
    told = await compared(workshop, "ada/box@1.0.0", "ada/box@1.1.0")
    assert (told["state"], told["shape"], told["model"]) == ("failed", None, None)
    assert "the second could not be built" in told["error"]["message"]
    assert "no box today" in told["error"]["message"]


async def test_a_build_whose_geometry_was_not_kept_is_refused_with_what_to_do(workshop: Registry):
    ada = await workshop.person("ada")
    await ada.published()
    wider = {"version": "ada/box@1.0.0", "parameters": {"width": 30}}
    build = (await compared(workshop, wider, wider))["after"]["build"]
    await workshop.parts.db.write(
        lambda c: c.execute(sa.update(builds).where(builds.c.id == build).values(geometry=None))
    )
    answer = await workshop.visitor.get(f"/compare?a=ada/box@1.0.0&b={build}&wait=20")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_geometry")
    assert "name its version instead" in answer.json()["detail"]


ADA, BOB = Asker("mem_ada"), Asker("mem_bob")
GEOMETRIES = [digest_bytes(str(number).encode()) for number in range(6)]


async def ask(registry: Registry, first: int, second: int, asker: Asker = ADA, limits: Limits = Limits()) -> str:  # noqa: B008
    """Queue a comparison of two geometries that are only named."""

    def queue(connection: sa.Connection) -> str:
        from registry.store.blobs import record_blobs

        now = database_now(connection)
        record_blobs(connection, dict.fromkeys(GEOMETRIES, 1), now)
        pair = GEOMETRIES[first], GEOMETRIES[second]
        return actions.request_comparison(connection, *pair, "this", asker=asker, limits=limits, now=now).id

    return await registry.parts.db.write(queue)


async def take(registry: Registry, worker: str = "w") -> str | None:
    taken = await registry.parts.db.write(lambda c: actions.take_next(c, worker, LEASE, Limits()))
    return None if taken is None else taken.id


async def forget_waiting(registry: Registry) -> None:
    def change(connection: sa.Connection) -> None:
        connection.execute(sa.update(comparisons).values(wanted_until=database_now(connection)))

    await registry.parts.db.write(change)


async def test_the_same_pair_is_one_comparison_and_the_other_way_round_another(registry: Registry):
    assert await ask(registry, 0, 1) == await ask(registry, 0, 1, BOB)
    assert await ask(registry, 1, 0) != await ask(registry, 0, 1)
    assert len(await rows(registry)) == 2


async def test_whoever_asked_much_does_not_keep_another_one_waiting(registry: Registry):
    await ask(registry, 0, 1)
    second = await ask(registry, 0, 2)
    other = await ask(registry, 0, 3, BOB)
    assert await take(registry) not in {second, other}
    assert await take(registry) == other
    assert await take(registry) == second
    assert await take(registry) is None


async def test_nobody_may_have_more_waiting_than_the_limit(registry: Registry):
    limits = Limits(queued_per_member=1)
    await ask(registry, 0, 1, limits=limits)
    await ask(registry, 0, 1, limits=limits)
    with pytest.raises(Exception, match="you have 1 comparisons waiting"):
        await ask(registry, 0, 2, limits=limits)
    await ask(registry, 0, 2, BOB, limits=limits)


async def test_what_nobody_waits_for_is_forgotten_and_can_be_asked_for_again(registry: Registry):
    await ask(registry, 0, 1)
    await forget_waiting(registry)
    assert await take(registry) is None
    assert not await rows(registry)
    wanted = await ask(registry, 0, 1)
    assert await take(registry) == wanted


async def test_one_that_is_cancelled_is_forgotten_unless_it_is_wanted_after_all(registry: Registry):
    wanted = await ask(registry, 0, 1)
    await take(registry, "w")
    cancelled = Outcome(None, failure=actions.BuildFailure("cancelled", "", ""))
    await registry.parts.db.write(lambda c: actions.finish(c, wanted, "w", cancelled))
    assert [row["state"] for row in await rows(registry)] == ["queued"]
    await take(registry, "w")
    await forget_waiting(registry)
    await registry.parts.db.write(lambda c: actions.finish(c, wanted, "w", cancelled))
    assert not await rows(registry)


async def test_the_work_of_a_dead_process_is_taken_up_again(registry: Registry):
    wanted = await ask(registry, 0, 1)
    await take(registry, "dead")
    assert await take(registry, "alive") is None
    await registry.parts.db.write(lambda c: actions.take_back_from(c, lambda name: name == "dead"))
    assert await take(registry, "alive") == wanted
    late = Outcome(None, failure=actions.interrupted().failure)
    assert not await registry.parts.db.write(lambda c: actions.finish(c, wanted, "dead", late))
    assert await registry.parts.db.write(lambda c: actions.finish(c, wanted, "alive", late))
    assert [row["state"] for row in await rows(registry)] == ["failed"]
    assert await ask(registry, 0, 1) == wanted
    assert await take(registry) == wanted


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("a=ada/box@1.0.0", 422),
        ("a=ada/box@1.0.0&b=nonsense", 422),
        ("a=ada/box@1.0.0&b=ada/box@9.9.9", 404),
        (f"a=ada/box@1.0.0&b={'0' * 64}", 404),
    ],
)
async def test_sides_that_do_not_exist_are_refused(registry: Registry, query: str, status: int):
    await (await registry.person("ada")).published()
    answer = await registry.visitor.get(f"/compare?{query}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wish_is_a_build_or_a_version(registry: Registry):
    for side in ({}, {"build": "0" * 64, "version": "a/b@1.0.0"}, {"build": "0" * 64, "parameters": {"a": 1}}):
        answer = await registry.visitor.post("/compare", json={"a": side, "b": {"version": "a/b@1.0.0"}})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
