"""What the registry notices to be missing, from what really happens, and how that ends by itself."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from registry.actions import build_queue, need_orders, need_refusals, need_tending, need_views, need_watch, needs
from registry.actions.build_queue import Finished
from registry.actions.builds import BuildFailure
from registry.actions.need_views import NeedLine
from registry.actions.needs import NeedWish
from registry.actions.story import Story
from registry.actions.timelines import read_timeline
from registry.core.attempts import AttemptState
from registry.core.capability import Loaded, Place
from registry.core.needs import CLAIM_LASTS, FAINT_LASTS, VISITORS, NeedKind, NeedState
from registry.ids import new_id, parse_version_name
from registry.refusals import MOST_AN_HOUR, MOST_KEPT, Refusals
from registry.store.needs import NeedFilter
from registry.store.tables.builds import builds
from registry.store.tables.designs import designs, versions
from registry.store.tables.needs import needs as need_table
from tests.registry.making.workshop import BIN, MANIFEST, MK3S, Workshop

ALL = ("open", "answered", "withdrawn", "gone")
PETG = replace(MK3S, materials=(Loaded("PETG"),))


def told(workshop: Workshop, act: Callable[[Story], object]) -> None:
    """One transaction of the registry's own."""

    def work(connection: sa.Connection) -> None:
        story = Story(connection, workshop.now)
        act(story)
        story.finish()

    workshop.write(work)


def make_id() -> str:
    return new_id("nee")


def follow(workshop: Workshop) -> None:
    told(workshop, lambda story: need_watch.follow(story, make_id))


def judge(workshop: Workshop) -> None:
    found = workshop.read(lambda c: need_orders.look(c, "", "", workshop.now))
    told(workshop, lambda story: need_orders.keep(story, found, make_id))


def board(workshop: Workshop, *states: str) -> tuple[NeedLine, ...]:
    wanted = NeedFilter(states=states or ("open",))
    return workshop.read(lambda c: need_views.find_needs(c, wanted, workshop.now)).needs


def closing(workshop: Workshop, need: NeedLine) -> str:
    return workshop.read(lambda c: need_views.read_need(c, need.id, workshop.now)).closing


def failed_build(workshop: Workshop, kind: str) -> None:
    """The build of the defaults that was asked for ends so."""
    (build,) = workshop.read(lambda c: list(c.execute(sa.select(builds.c.id)).scalars()))

    def finish(c: sa.Connection) -> None:
        running = {"state": "running", "worker": "w", "lease_until": workshop.now, "asker": "mem_eve"}
        c.execute(sa.update(builds).where(builds.c.id == build).values(**running))
        failure = BuildFailure(kind, "it cannot be", "")
        build_queue.finish(c, build, "w", Finished((), None, [], {}, failure), workshop.now)

    workshop.write(finish)
    follow(workshop)


def test_a_design_that_does_not_build_is_one_need_until_it_does(workshop: Workshop):
    order = workshop.order()
    failed_build(workshop, "cancelled")
    assert board(workshop) == (), "that says nothing about the design"
    failed_build(workshop, "no_geometry")
    (need,) = board(workshop)
    assert (need.kind, need.design, need.opener, need.voices) == (NeedKind.BUILD, "ada/bin", None, 1)
    assert need.title == "ada/bin cannot be built with its default parameters"
    failed_build(workshop, "timeout")
    assert [one.id for one in board(workshop)] == [need.id]

    def done(c: sa.Connection) -> None:
        values = {"state": "running", "worker": "w", "lease_until": workshop.now, "error": None}
        c.execute(sa.update(builds).where(builds.c.id == order.build).values(**values))
        build_queue.finish(c, order.build, "w", Finished((), {}, [], {}, None), workshop.now)

    workshop.write(done)
    follow(workshop)
    (gone,) = board(workshop, *ALL)
    assert (gone.id, gone.state) == (need.id, NeedState.GONE)
    assert closing(workshop, gone) == "ada/bin@1.0.0 builds"


def test_copies_that_fail_again_and_again(workshop: Workshop):
    agent = workshop.agent(MK3S)
    for ending in (AttemptState.SCRAP, AttemptState.FAILED):
        workshop.later(minutes=5)
        order = workshop.ready_order()
        assert board(workshop) == (), "once is no trouble"
        at = workshop.must_claim(agent)
        workshop.printing(agent, at)
        workshop.tell(agent, at, ending)
        follow(workshop)
        workshop.cancel(order)
    (need,) = board(workshop)
    assert (need.kind, need.design) == (NeedKind.PRINT, "ada/bin")
    for _ in range(3):
        workshop.later(minutes=5)
        workshop.ready_order()
        at = workshop.must_claim(agent)
        workshop.printing(agent, at)
        workshop.tell(agent, at, AttemptState.GOOD)
        follow(workshop)
    (gone,) = board(workshop, *ALL)
    assert gone.state is NeedState.GONE
    assert "good copies of ada/bin@1.0.0" in closing(workshop, gone)


def test_orders_that_no_machine_can_make_are_joined_and_end_when_one_comes(workshop: Workshop):
    agent = workshop.agent(PETG)
    first = workshop.ready_order(place=Place(53.79, -1.54))
    workshop.order(by=workshop.bob)
    judge(workshop)
    assert board(workshop) == (), "machines come and go: it waits a little first"
    workshop.later(minutes=5)
    judge(workshop)
    near, anywhere = sorted(board(workshop), key=lambda need: need.title, reverse=True)
    assert near.title == "PLA is loaded nowhere, for fdm near 54°N 2°W"
    assert anywhere.title == "PLA is loaded nowhere, for fdm"
    assert (near.kind, near.material, near.voices) == (NeedKind.MACHINE, "pla", 1)
    judge(workshop)
    assert [need.voices for need in board(workshop)] == [1, 1], "an order speaks once, however often it is looked at"
    workshop.cancel(first)
    follow(workshop)
    assert [need.id for need in board(workshop)] == [anywhere.id]
    workshop.announce(agent, MK3S)
    judge(workshop)
    assert board(workshop) == ()
    assert closing(workshop, anywhere) == "MK3S at The lab can make it"
    assert closing(workshop, near) == "no order waits for it any more"


def test_values_beyond_the_range_are_counted_not_listed(workshop: Workshop):
    refusals, bin_1 = Refusals(), parse_version_name(BIN)
    refusals.note_values(VISITORS, bin_1, {"units": "9", "wings": "2"}, 0)
    told(workshop, lambda story: need_refusals.keep(story, refusals.take(), make_id))
    assert board(workshop) == (), "once is a slip of the hand"
    for _ in range(3):
        refusals.note_values("mem_bob", bin_1, {"units": "12"}, 1)
    refusals.note_values("mem_bob", bin_1, {"units": "3"}, 1)
    told(workshop, lambda story: need_refusals.keep(story, refusals.take(), make_id))
    (need,) = board(workshop)
    view = workshop.read(lambda c: need_views.read_need(c, need.id, workshop.now))
    assert view.facts["asked"] == {"9": 1, "12": 3}
    assert {(voice.who, voice.times) for voice in view.voices} == {("visitors", 1), ("bob", 3)}
    assert need.title == "ada/bin: units above its largest is asked for"
    workshop.publish("ada/bin@1.1.0", MANIFEST.replace("max = 6", "max = 12"))
    workshop.write(lambda c: c.execute(sa.update(designs).values(latest_id="ver_1.1.0")))
    told(workshop, lambda story: story.publish("design.published", "ada/bin@1.1.0", "ada", {}))
    follow(workshop)
    assert board(workshop) == ()
    assert "ada/bin@1.1.0 allows" in closing(workshop, need)


def test_nobody_can_flood_the_board_with_refusals():
    refusals, bin_1 = Refusals(), parse_version_name(BIN)
    for number in range(1000):
        refusals.note_values(VISITORS, bin_1, {f"p{number}": "1"}, 10)
    assert sum(refusals.take().values()) == MOST_AN_HOUR
    for member in range(100):
        refusals.note_values(f"mem_{member}", bin_1, {f"p{n}": "1" for n in range(50)}, 20)
    assert len(refusals.take()) == MOST_KEPT
    refusals.note_values(VISITORS, bin_1, {"p": "1"}, 3700)
    assert sum(refusals.take().values()) == 1, "the next hour is another one"


def test_take_ups_lapse_and_faint_needs_are_forgotten(workshop: Workshop):
    wish = NeedWish("A hook that holds")
    workshop.write(lambda c: needs.open_need(c, workshop.ada, wish, need="nee_1", now=workshop.now))
    workshop.write(lambda c: needs.take_up(c, workshop.bob, "nee_1", "soon", workshop.now))
    refusals = Refusals()
    refusals.note_values(VISITORS, parse_version_name(BIN), {"units": "9"}, 0)
    told(workshop, lambda story: need_refusals.keep(story, refusals.take(), make_id))
    workshop.later(days=CLAIM_LASTS.days - 1)
    workshop.write(lambda c: needs.take_up(c, workshop.bob, "nee_1", "", workshop.now))
    workshop.later(days=CLAIM_LASTS.days - 1)
    told(workshop, lambda story: need_tending.tend(story, make_id))
    assert board(workshop)[0].taken_up_by == ("bob",)
    workshop.later(days=2)
    told(workshop, lambda story: need_tending.tend(story, make_id))
    assert board(workshop)[0].taken_up_by == ()
    view = workshop.read(lambda c: need_views.read_need(c, "nee_1", workshop.now))
    assert [(claim.member, claim.plan, claim.live) for claim in view.claims] == [("bob", "soon", False)]
    workshop.later(days=FAINT_LASTS.days)
    told(workshop, lambda story: need_tending.tend(story, make_id))
    assert workshop.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(need_table)).scalar_one()) == 1


def test_a_cause_that_comes_back_opens_its_need_again(workshop: Workshop):
    workshop.agent(PETG)
    order = workshop.ready_order()
    workshop.later(minutes=5)
    judge(workshop)
    (need,) = board(workshop)
    workshop.cancel(order)
    follow(workshop)
    workshop.ready_order()
    workshop.later(minutes=5)
    judge(workshop)
    assert [one.id for one in board(workshop)] == [need.id], "the same cause is the same need"
    follow(workshop)
    kinds = [entry.kind for entry in workshop.read(lambda c: read_timeline(c, "need", need.id)).entries]
    assert kinds == ["need.returned", "need.gone", "need.opened"]


def test_a_designs_timeline_follows_it_under_a_new_name(workshop: Workshop):
    workshop.ready_order()
    told(workshop, lambda story: story.publish("design.published", BIN, "ada", {"title": "Bin"}))
    told(workshop, lambda story: story.publish("build.done", "f" * 64, "registry", {"versions": [BIN]}))
    follow(workshop)
    workshop.write(lambda c: c.execute(sa.update(designs).values(name="crate")))
    entries = workshop.read(lambda c: read_timeline(c, "design", "ada/crate")).entries
    assert [entry.kind for entry in entries] == ["design.published", "order.placed"]
    built = workshop.read(lambda c: read_timeline(c, "design", "ada/crate", kinds=("build",))).entries
    assert [entry.kind for entry in built] == ["build.done"]
    first = workshop.read(lambda c: read_timeline(c, "design", "ada/crate", limit=1))
    rest = workshop.read(lambda c: read_timeline(c, "design", "ada/crate", before=first.next_before))
    assert [entry.kind for entry in rest.entries] == ["order.placed"]
    assert rest.next_before is None
    member = workshop.read(lambda c: read_timeline(c, "member", "ada")).entries
    assert [entry.kind for entry in member] == ["design.published", "order.placed"]


@pytest.mark.parametrize("past", [timedelta(0), timedelta(days=400)])
def test_older_entries_are_read_when_a_registry_begins_to_follow(workshop: Workshop, past: timedelta):
    for number in range(need_watch.AT_ONCE + 5):
        told(workshop, lambda story, number=number: story.publish("namespace.made", f"n{number}", "ada", {}))
    workshop.now += past
    follow(workshop)
    follow(workshop)
    found = workshop.read(lambda c: read_timeline(c, "member", "ada", limit=200))
    assert len(found.entries) == need_watch.AT_ONCE + 5


def test_a_licence_that_blocks_ends_with_the_licence(workshop: Workshop):
    refusals = Refusals()
    refusals.note_licence("mem_bob", parse_version_name(BIN).design, "fork", "it may not be changed", 0)
    told(workshop, lambda story: need_refusals.keep(story, refusals.take(), make_id))
    (need,) = board(workshop)
    assert (need.kind, need.design) == (NeedKind.LICENCE, "ada/bin")
    workshop.publish("ada/bin@2.0.0", MANIFEST.replace("CERN-OHL-S-2.0", "MIT"))
    workshop.write(lambda c: c.execute(sa.update(versions).where(versions.c.id == "ver_2.0.0").values(licence="MIT")))
    told(workshop, lambda story: story.publish("design.published", "ada/bin@2.0.0", "ada", {}))
    follow(workshop)
    assert closing(workshop, need) == "ada/bin@2.0.0 is under MIT"
    assert Counter(one.state for one in board(workshop, *ALL)) == {NeedState.GONE: 1}
