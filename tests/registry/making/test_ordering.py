"""Placing orders, and what becomes of them without any machine."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from designs.parameters import ParameterError
from registry.actions import directing, matches, order_views, orders
from registry.actions.wishes import OrderWish
from registry.core.attempts import AttemptState, Command, JobState
from registry.core.matching import Access, Code
from registry.core.orders import MAX_QUANTITY, OrderState
from registry.core.verdicts import NOBODY
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import BuildId, parse_version_name
from registry.store.builds import add_made
from registry.store.tables.builds import build_artifacts
from registry.web.order_words import order_words
from tests.registry.making.workshop import BIN, MK3S, TIMING, Workshop, digest

S = AttemptState
WISH = OrderWish(parse_version_name(BIN), {})


def test_an_order_has_a_job_for_each_copy_and_waits_for_its_geometry(workshop: Workshop) -> None:
    order = workshop.order(replace(WISH, quantity=3, parameters={"units": 4}, colour="black", note="thanks"))
    assert order.summary.state is OrderState.BUILDING
    assert order.summary.copies.waiting == 3
    assert order.parameters == {"units": "4"}
    assert order.summary.material == "PLA"
    assert workshop.claim(workshop.agent(MK3S)) is None


@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1, 10**9])
def test_quantities_have_bounds(workshop: Workshop, quantity: int) -> None:
    with pytest.raises(Invalid) as refused:
        workshop.order(replace(WISH, quantity=quantity))
    assert refused.value.facts["value"] == quantity


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (replace(WISH, version=parse_version_name("ada/none@1.0.0")), "no_design"),
        (replace(WISH, version=parse_version_name("ada/bin@9.9.9")), "no_version"),
        (replace(WISH, facility="nowhere"), "not_found"),
    ],
)
def test_what_is_not_there_cannot_be_ordered(workshop: Workshop, wish: OrderWish, code: str) -> None:
    with pytest.raises(NotFound) as refused:
        workshop.order(wish)
    assert refused.value.reason == code


def test_withdrawn_versions_cannot_be_ordered_but_what_was_ordered_goes_on(workshop: Workshop) -> None:
    workshop.publish("ada/bin@2.0.0", yanked_at=workshop.now, yank_reason="too thin")
    workshop.publish("ada/bin@3.0.0", recalled_at=workshop.now, recall_reason="breaks")
    with pytest.raises(Conflict, match="too thin") as refused:
        workshop.order(replace(WISH, version=parse_version_name("ada/bin@2.0.0")))
    assert refused.value.reason == "version_yanked"
    with pytest.raises(Conflict, match="breaks") as refused:
        workshop.order(replace(WISH, version=parse_version_name("ada/bin@3.0.0")))
    assert refused.value.reason == "version_recalled"


@pytest.mark.parametrize("parameters", [{"units": 7}, {"units": "many"}, {"unit": 2}, {"units": 2.5}])
def test_parameters_that_do_not_fit_are_refused(workshop: Workshop, parameters: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        workshop.order(replace(WISH, parameters=parameters))


@pytest.mark.parametrize("material", ["", "   ", "x" * 41])
def test_a_material_needs_a_name(workshop: Workshop, material: str) -> None:
    with pytest.raises(Invalid) as refused:
        workshop.order(replace(WISH, material=material))
    assert refused.value.reason == "bad_material"


def test_an_order_that_nobody_can_make_waits_with_the_reason_visible(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = workshop.ready_order(material="Unobtainium")
    assert workshop.claim(agent) is None
    assert order.summary.state is OrderState.QUEUED
    wish = replace(WISH, material="Unobtainium")
    judged = workshop.read(
        lambda c: matches.match_wish(c, workshop.ada, wish, fingerprint="engine 1", timing=TIMING, now=workshop.now)
    )
    assert [reason.code for one in judged.machines for reason in one.decision.reasons] == [Code.MATERIAL]
    assert judged.where == NOBODY


def test_the_same_request_key_places_one_order(workshop: Workshop) -> None:
    first = workshop.order(key="press")
    assert workshop.order(key="press").summary.id == first.summary.id
    assert workshop.order(key="other").summary.id != first.summary.id
    assert workshop.order(key="press", by=workshop.eve).summary.id != first.summary.id


def test_an_order_for_geometry_that_is_there_can_be_made_at_once(workshop: Workshop) -> None:
    workshop.ready_order()
    assert workshop.order().summary.state is OrderState.QUEUED


def test_a_build_that_fails_fails_the_order_with_the_reason(workshop: Workshop) -> None:
    order = workshop.order(replace(WISH, quantity=2))
    error = {"kind": "script_error", "message": "line 3: no such thing", "log": ""}
    workshop.build_done(order.build, state="failed", measurements=None, error=error)
    failed = workshop.show(order.summary.id)
    assert failed.summary.state is OrderState.FAILED
    assert failed.summary.reason == "the geometry could not be built: line 3: no such thing"
    assert workshop.cancel(failed).summary.state is OrderState.FAILED


def test_an_order_waits_for_the_file_that_machines_make_it_from(workshop: Workshop) -> None:
    order = workshop.order()
    workshop.build_done(order.build, without=("model.3mf",))
    waiting = workshop.show(order.summary.id)
    assert (waiting.summary.state, waiting.build_stage) == (OrderState.BUILDING, "3mf")
    made = {"name": "model.3mf", "sha256": digest(order.build + "model.3mf"), "size": 10}
    workshop.write(lambda c: add_made(c, BuildId(order.build), [made]))
    workshop.settle(order.build)
    assert workshop.show(order.summary.id).summary.state is OrderState.QUEUED


@pytest.mark.parametrize(
    ("state", "reason"), [("withheld", "a mesh with holes"), ("failed", "the geometry kernel crashed")]
)
def test_without_that_file_the_order_fails_with_the_reason(workshop: Workshop, state: str, reason: str) -> None:
    order = workshop.order()
    workshop.build_done(order.build, without=("model.3mf",))
    wanted = sa.and_(build_artifacts.c.build_id == order.build, build_artifacts.c.name == "model.3mf")
    workshop.write(lambda c: c.execute(sa.update(build_artifacts).where(wanted).values(state=state, reason=reason)))
    workshop.sweep()
    failed = workshop.show(order.summary.id)
    assert failed.summary.state is OrderState.FAILED
    assert failed.summary.reason == f"there is no model.3mf to make it from: {reason}"


def test_an_order_from_before_files_were_made_on_demand_asks_for_its_file(workshop: Workshop) -> None:
    order = workshop.order()
    workshop.build_done(order.build, without=("model.3mf",))
    workshop.write(lambda c: c.execute(sa.delete(build_artifacts).where(build_artifacts.c.name == "model.3mf")))
    workshop.topics.clear()
    workshop.sweep()
    assert "builds" in workshop.topics
    there = sa.select(build_artifacts.c.state).where(build_artifacts.c.name == "model.3mf")
    assert workshop.read(lambda c: c.execute(there).scalar_one()) == "queued"
    assert workshop.show(order.summary.id).summary.state is OrderState.BUILDING


def test_a_cancelled_order_says_so_once(workshop: Workshop) -> None:
    cancelled = workshop.cancel(workshop.ready_order())
    lines = [line.words for line in order_words(cancelled, ()).story]
    assert [words for words in lines if "ancelled" in words] == ["Cancelled by ada"]


def test_a_part_with_an_error_finding_is_not_made(workshop: Workshop) -> None:
    order = workshop.order()
    finding = {"code": "not_watertight", "severity": "error", "message": "the mesh has 3 holes"}
    workshop.build_done(order.build, findings=[finding])
    failed = workshop.show(order.summary.id)
    assert failed.summary.state is OrderState.FAILED
    assert "the mesh has 3 holes" in str(failed.summary.reason)


def test_the_end_of_a_build_releases_its_orders_without_any_sweep(workshop: Workshop) -> None:
    first, second = workshop.order(), workshop.order(by=workshop.eve)
    workshop.build_done(first.build)
    workshop.settle(first.build)
    assert workshop.show(second.summary.id).summary.state is OrderState.QUEUED


def test_an_order_that_names_a_facility_is_made_there_only(workshop: Workshop) -> None:
    workshop.facility("far", workshop.eve)
    here, there = workshop.agent(MK3S), workshop.agent(MK3S, slug="far", keeper=workshop.eve)
    order = workshop.ready_order(facility="far")
    assert workshop.claim(here) is None
    assert workshop.must_claim(there).order == order.summary.id


def test_a_closed_facility_takes_orders_of_those_who_run_it(workshop: Workshop) -> None:
    workshop.facility("club", workshop.eve, Access.RESTRICTED)
    agent = workshop.agent(MK3S, slug="club", keeper=workshop.eve)
    with pytest.raises(Forbidden):
        workshop.order(replace(WISH, facility="club"))
    workshop.ready_order()
    assert workshop.claim(agent) is None
    own = workshop.order(by=workshop.eve)
    assert workshop.must_claim(agent).order == own.summary.id


def test_a_private_facility_is_not_even_said_to_exist(workshop: Workshop) -> None:
    workshop.facility("cellar", workshop.eve, Access.PRIVATE)
    with pytest.raises(NotFound):
        workshop.order(replace(WISH, facility="cellar"), by=workshop.bob)
    assert workshop.order(replace(WISH, facility="cellar"), by=workshop.eve).summary.facility == "cellar"


def test_an_order_is_seen_by_those_who_have_to_do_with_it(workshop: Workshop) -> None:
    order = workshop.order(by=workshop.eve)
    with pytest.raises(NotFound):
        workshop.show(order.summary.id, by=workshop.bob)
    workshop.build_done(order.build)
    workshop.must_claim(workshop.agent(MK3S))
    assert workshop.show(order.summary.id, by=workshop.bob).may_cancel.allowed is False
    with pytest.raises(Forbidden):
        workshop.cancel(order, by=workshop.bob)
    assert workshop.cancel(order, by=workshop.eve).summary.state is OrderState.CANCELLED


def test_what_is_made_cannot_be_cancelled(workshop: Workshop) -> None:
    workshop.ready_order()
    agent = workshop.agent(MK3S)
    at = workshop.must_claim(agent)
    workshop.printing(agent, at)
    workshop.tell(agent, at, AttemptState.FINISHED_UNVERIFIED, AttemptState.GOOD)
    done = workshop.show(at.order)
    assert done.summary.state is OrderState.DONE
    with pytest.raises(Conflict, match="nothing to cancel"):
        workshop.cancel(done)
    assert workshop.show(at.order).summary.state is OrderState.DONE


def test_what_held_a_copy_up_is_not_said_any_more_when_it_goes_on(workshop: Workshop) -> None:
    workshop.ready_order()
    agent = workshop.agent(MK3S)
    at = workshop.must_claim(agent)
    workshop.tell(agent, at, AttemptState.BUILDING, AttemptState.SLICED)
    workshop.send(agent, agent.report(at, AttemptState.AWAITING_OPERATOR, reason="the bed has to be cleared"))
    assert workshop.show(at.order).jobs[0].attempts[0].reason == "the bed has to be cleared"
    workshop.tell(agent, at, AttemptState.STAGED)
    assert workshop.show(at.order).jobs[0].attempts[0].reason is None


def test_only_those_who_run_the_facility_pause_its_machines(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = workshop.order(by=workshop.eve)
    workshop.build_done(order.build)
    at = workshop.must_claim(agent)
    workshop.printing(agent, at)

    def direct(caller: object, command: Command) -> None:
        workshop.write(lambda c: directing.direct_job(c, caller, order.summary.id, at.job, command, now=workshop.now))

    with pytest.raises(Forbidden):
        direct(workshop.eve, Command.PAUSE)
    direct(workshop.bob, Command.PAUSE)
    assert workshop.beat(agent, at).commands == ((at.attempt, Command.PAUSE),)
    workshop.tell(agent, at, S.PAUSED)
    assert workshop.beat(agent, at).commands == ()
    direct(workshop.bob, Command.RESUME)
    with pytest.raises(Conflict):
        direct(workshop.bob, Command.PAUSE)


def test_redo_needs_something_to_redo(workshop: Workshop) -> None:
    order = workshop.ready_order()
    with pytest.raises(Conflict) as refused:
        workshop.redo(order)
    assert refused.value.reason == "nothing_to_redo"
    with pytest.raises(NotFound):
        workshop.write(lambda c: orders.redo_job(c, workshop.ada, order.summary.id, "ord_x-1", workshop.now))


def test_what_was_made_where_is_counted_for_each_version(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.ready_order(quantity=2)
    for _ in range(2):
        at = workshop.must_claim(agent)
        workshop.printing(agent, at)
        workshop.tell(agent, at, S.FINISHED_UNVERIFIED, S.GOOD)
    (made,) = workshop.read(lambda c: order_views.made_of(c, ("ver_1.0.0",)))
    assert (made.version, made.facility, made.parts) == (BIN, "lab", 2)


def test_orders_are_listed_newest_first_and_for_their_makers(workshop: Workshop) -> None:
    first = workshop.ready_order()
    workshop.later(seconds=1)
    second = workshop.ready_order(facility="lab", parameters={"units": 3})
    workshop.later(seconds=1)
    own = workshop.read(lambda c: order_views.list_own_orders(c, workshop.ada, before=workshop.now, limit=10))
    assert [order.id for order in own] == [second.summary.id, first.summary.id]
    to_make = workshop.read(lambda c: order_views.list_orders_to_make(c, workshop.bob, before=workshop.now, limit=10))
    assert [order.id for order in to_make] == [second.summary.id]
    assert workshop.read(lambda c: order_views.list_own_orders(c, workshop.eve, before=workshop.now, limit=10)) == ()


def test_jobs_are_numbered_from_one(workshop: Workshop) -> None:
    order = workshop.order(replace(WISH, quantity=2))
    assert [(job.copy, job.state) for job in order.jobs] == [(1, JobState.WAITING), (2, JobState.WAITING)]
