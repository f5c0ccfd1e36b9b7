"""Orders with conditions over a real database: who gets them, in which turn, and what becomes of their copies."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from registry.actions import matches, orders
from registry.actions.facilities import change_facility
from registry.actions.matches import Matches
from registry.actions.order_views import OrderView
from registry.actions.wishes import OrderWish
from registry.core.attempts import AttemptState, JobState
from registry.core.capability import Loaded, Place, Rates, Size
from registry.core.orders import OrderState
from registry.core.permissions import Caller
from registry.core.reasons import Code
from registry.errors import Conflict, Forbidden, Invalid, NotFound
from registry.ids import parse_version_name
from registry.store.groups import add_group
from registry.store.tables.groups import group_members
from registry.store.tables.orders import attempts, jobs
from tests.registry.making.workshop import BIN, MANIFEST, MK3S, TIMING, Agent, Workshop

S = AttemptState
WISH = OrderWish(parse_version_name(BIN), {})
PAID = replace(MK3S, rates=Rates("EUR", Decimal("1.50"), Decimal("0.04")))
LEEDS, LONDON = Place(53.79, -1.54), Place(51.51, -0.13)
MEASURED = {
    "bounding_box": {"min": ["0", "0", "0"], "max": ["84", "42", "50"]}, "volume_mm3": 40_000.0, "area_mm2": 25_000.0,
}  # fmt: skip


def ready(workshop: Workshop, wish: OrderWish = WISH, by: Caller | None = None) -> OrderView:
    order = workshop.order(wish, by=by)
    if order.build_state != "done":
        workshop.build_done(order.build, measurements=MEASURED)
    return workshop.show(order.summary.id, by)


def judged(workshop: Workshop, order: OrderView) -> Matches:
    return workshop.read(
        lambda c: matches.match_order(c, workshop.ada, order.summary.id, timing=TIMING, now=workshop.now)
    )


def codes(found: Matches) -> list[set[Code]]:
    return [{reason.code for reason in one.decision.reasons} for one in found.machines]


def fail(workshop: Workshop, agent: Agent, *, end: AttemptState = S.SCRAP) -> None:
    at = workshop.must_claim(agent)
    workshop.printing(agent, at)
    workshop.tell(agent, at, *([S.FINISHED_UNVERIFIED, end] if end in {S.GOOD, S.SCRAP} else [end]))


def test_a_named_machine_alone_gets_the_job_even_beside_an_equal_one(workshop: Workshop) -> None:
    agent = workshop.agent(replace(MK3S, key="a", name="Left"), replace(MK3S, key="b", name="Right"))
    order = ready(workshop, replace(WISH, machine="right"))
    assert codes(judged(workshop, order)) == [set(), {Code.MACHINE}]
    assert workshop.claim(agent, "a") is None
    assert workshop.must_claim(agent, "a", "b").machine == "b"


def test_machines_are_named_so_that_one_is_meant(workshop: Workshop) -> None:
    workshop.agent(replace(MK3S, key="a"), replace(MK3S, key="b"))
    with pytest.raises(Invalid, match="2 machines are called 'MK3S'"):
        workshop.order(replace(WISH, machine="MK3S"))
    with pytest.raises(NotFound, match="there is no machine 'MK9'"):
        workshop.order(replace(WISH, machine="MK9"))


def test_what_is_too_far_too_dear_or_forbidden_is_not_handed_out(workshop: Workshop) -> None:
    workshop.publish("ada/toy@0.9.0", MANIFEST.replace("CERN-OHL-S-2.0", "CC-BY-NC-4.0"))
    agent = workshop.agent(PAID)
    place_lab(workshop, LEEDS)
    far = ready(workshop, replace(WISH, place=LONDON, within_km=100))
    dear = ready(workshop, replace(WISH, quantity=9, most_cost=Decimal(2), currency="EUR"))
    foreign = ready(workshop, replace(WISH, most_cost=Decimal(200), currency="USD"))
    forbidden = ready(workshop, replace(WISH, version=parse_version_name("ada/toy@0.9.0")))
    for order, code in ((far, Code.DISTANCE), (dear, Code.COST), (foreign, Code.COST), (forbidden, Code.LICENCE)):
        assert codes(judged(workshop, order)) == [{code}]
    assert workshop.claim(agent) is None
    near = ready(workshop, replace(WISH, place=LONDON, within_km=300, most_cost=Decimal(20), currency="EUR"))
    assert codes(judged(workshop, near)) == [set()]
    assert workshop.must_claim(agent).order == near.summary.id


def test_a_peer_production_licence_is_made_for_money_by_a_worker_owned_facility_alone(workshop: Workshop) -> None:
    workshop.publish("ada/common@0.9.0", MANIFEST.replace("CERN-OHL-S-2.0", "LicenseRef-PPL"))
    agent = workshop.agent(PAID)
    order = ready(workshop, replace(WISH, version=parse_version_name("ada/common@0.9.0")))
    assert codes(judged(workshop, order)) == [{Code.LICENCE}]
    assert workshop.claim(agent) is None
    owned: dict[str, object] = {"worker_owned": True}
    workshop.write(lambda c: change_facility(c, workshop.bob, "lab", owned, runners=None, now=workshop.now))
    assert codes(judged(workshop, order)) == [set()]
    assert workshop.must_claim(agent).order == order.summary.id


def test_a_peer_production_licence_asks_who_wants_it_for_a_business(workshop: Workshop) -> None:
    workshop.publish("ada/common@0.9.0", MANIFEST.replace("CERN-OHL-S-2.0", "LicenseRef-PPL"))
    workshop.agent(replace(PAID, rates=None))
    wish = replace(WISH, version=parse_version_name("ada/common@0.9.0"), commercial=True)
    (match,) = judged(workshop, ready(workshop, wish)).machines
    (reason,) = match.decision.reasons
    assert reason.code is Code.LICENCE
    assert "4 (d)" in reason.words
    member, moment = workshop.ada.member, workshop.now
    values = {"id": "grp_1", "name": "makers", "display_name": "Makers", "description": "", "kind": "coalition"}
    workshop.write(lambda c: add_group(c, **values, worker_owned=True, created_at=moment))
    joined = {"group_id": "grp_1", "member_id": member, "role": "member", "joined_at": moment}
    workshop.write(lambda c: c.execute(sa.insert(group_members), joined))
    (match,) = judged(workshop, ready(workshop, wish)).machines
    assert match.decision.can
    assert "your group makers says that it is one" in next(note.words for note in match.decision.notes)


def place_lab(workshop: Workshop, place: Place) -> None:
    changes: dict[str, object] = {"latitude": place.latitude, "longitude": place.longitude}
    workshop.write(lambda c: change_facility(c, workshop.bob, "lab", changes, runners=None, now=workshop.now))


def test_a_part_that_may_be_laid_down_goes_where_it_has_room_on_its_side(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    tall = workshop.order(WISH)
    workshop.build_done(tall.build, size=(20, 30, 220))
    assert codes(judged(workshop, tall)) == [{Code.SIZE}]
    assert workshop.claim(agent) is None
    laid = workshop.order(replace(WISH, lay=True))
    (match,) = judged(workshop, laid).machines
    assert match.decision.outlook.way == "on its back"
    at = workshop.must_claim(agent)
    assert (at.order, at.up) == (laid.summary.id, (0.0, -1.0, 0.0))
    assert workshop.claim(workshop.agent(replace(MK3S, envelope=Size(200, 200, 200)))) is None


def test_the_designer_may_say_that_any_side_will_do(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    workshop.publish("ada/tall@0.9.0", MANIFEST.replace("brim_mm = 2", "brim_mm = 2\nany_side = true"))
    wish = replace(WISH, version=parse_version_name("ada/tall@0.9.0"))
    as_drawn = workshop.order(replace(wish, lay=False))
    workshop.build_done(as_drawn.build, size=(20, 30, 220))
    assert workshop.claim(agent) is None
    by_design = workshop.order(wish)
    assert workshop.must_claim(agent).order == by_design.summary.id


def test_what_lies_down_is_counted_onto_a_plate_as_it_lies(workshop: Workshop) -> None:
    agent = workshop.agent(replace(MK3S, plate_copies=9))
    tall = workshop.order(replace(WISH, lay=True, quantity=9))
    workshop.build_done(tall.build, size=(60, 60, 220))
    at = workshop.must_claim(agent)
    assert at.up is not None
    assert at.copies == 3, "three of 64 × 224 mm stand side by side on 250 × 210 mm turned"


def test_what_a_slicer_said_takes_the_place_of_the_rough_estimate(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    first = ready(workshop)
    at = workshop.must_claim(agent)
    rough = judged(workshop, first).machines[0].decision.outlook
    assert rough.seconds is not None
    sliced = {"print_seconds": 5000, "filament_g": 21.5, "slicer": "PrusaSlicer 2.5.0"}
    done = sa.update(attempts).where(attempts.c.id == at.attempt).values(figures=sliced, gcode_sha256="0" * 64)
    workshop.write(lambda c: c.execute(done))
    outlook = judged(workshop, ready(workshop)).machines[0].decision.outlook
    assert (outlook.seconds, outlook.grams) == (5000, 21.5)


def test_what_waits_before_it_is_counted_by_machine_and_shared_among_equals(workshop: Workshop) -> None:
    workshop.agent(replace(MK3S, key="a"), replace(MK3S, key="b"))
    workshop.agent(replace(MK3S, key="c", materials=(Loaded("PETG"),)))
    ready(workshop, replace(WISH, quantity=4))
    mine = ready(workshop, by=workshop.eve)
    workshop.later(seconds=1)
    last = judged(workshop, ready(workshop))
    pla = [one.decision for one in last.machines if one.decision.can]
    assert [one.outlook.ahead for one in pla] == [5, 5]
    each = pla[0].outlook.seconds
    assert each is not None
    assert pla[0].outlook.ready_at == workshop.now + timedelta(seconds=each * 5 / 2 + each)
    assert last.where == "2 machines at The lab can make it, none of them at once: whichever is free first takes it"
    eves = workshop.read(
        lambda c: matches.match_order(c, workshop.eve, mine.summary.id, timing=TIMING, now=workshop.now)
    )
    assert max(one.decision.outlook.ahead for one in eves.machines) <= 1


def test_members_take_turns_whoever_ordered_more(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    many = ready(workshop, replace(WISH, quantity=6))
    fail(workshop, agent, end=S.GOOD)
    one = ready(workshop, replace(WISH, quantity=2), by=workshop.eve)
    taken = []
    for _ in range(5):
        taken.append(workshop.must_claim(agent))
        workshop.printing(agent, taken[-1])
        workshop.tell(agent, taken[-1], S.FINISHED_UNVERIFIED, S.GOOD)
    names = ["many" if at.order == many.summary.id else "one" for at in taken]
    assert sorted(names[:2]) == sorted(names[2:4]) == ["many", "one"]
    assert names[4] == "many"
    assert workshop.show(one.summary.id, workshop.eve).summary.state is OrderState.DONE


def test_a_job_that_is_taken_back_keeps_its_turn(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    first = ready(workshop, replace(WISH, quantity=2))
    at = workshop.must_claim(agent)
    ready(workshop, replace(WISH, quantity=2), by=workshop.eve)
    workshop.tell(agent, at, S.FAILED, retry=True)
    assert workshop.must_claim(agent).job == at.job
    assert workshop.show(first.summary.id).jobs[0].state is JobState.ACTIVE


def test_those_who_run_the_facility_let_an_order_come_first(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    ready(workshop, replace(WISH, quantity=2))
    theirs = ready(workshop, replace(WISH, facility="lab"), by=workshop.eve)
    workshop.write(lambda c: orders.raise_order(c, workshop.bob, theirs.summary.id, 5, workshop.now))
    assert workshop.must_claim(agent).order == theirs.summary.id
    assert workshop.show(theirs.summary.id, workshop.eve).priority == 5


@pytest.mark.parametrize("facility", [None, "lab"])
def test_nobody_else_does(workshop: Workshop, facility: str | None) -> None:
    with pytest.raises(Forbidden, match="only those who run the facility"):
        workshop.order(replace(WISH, facility=facility, priority=1), by=workshop.eve)
    order = workshop.order(replace(WISH, facility=facility), by=workshop.eve)
    with pytest.raises(Forbidden, match="only those who run the facility"):
        workshop.write(lambda c: orders.raise_order(c, workshop.eve, order.summary.id, 1, workshop.now))
    assert not workshop.show(order.summary.id, workshop.eve).may_raise.allowed


def test_all_that_failed_is_made_again_and_nothing_else(workshop: Workshop) -> None:
    agent = workshop.agent(MK3S)
    order = ready(workshop, replace(WISH, quantity=5))
    for end in (S.GOOD, S.SCRAP, S.FAILED, S.UNCERTAIN):
        fail(workshop, agent, end=end)
    workshop.write(lambda c: orders.redo_failed(c, workshop.ada, order.summary.id, workshop.now))
    after = workshop.show(order.summary.id)
    assert (after.summary.copies.done, after.summary.copies.queued, after.summary.copies.uncertain) == (1, 3, 1)
    assert after.jobs[0].state is JobState.DONE
    with pytest.raises(Conflict, match="look what became of copy 4"):
        workshop.write(lambda c: orders.redo_failed(c, workshop.ada, order.summary.id, workshop.now))
    for _ in range(3):
        fail(workshop, agent, end=S.GOOD)
    assert workshop.show(order.summary.id).summary.copies.done == 4


def test_what_is_not_begun_is_cancelled_and_the_rest_goes_on(workshop: Workshop) -> None:
    agent = workshop.agent(replace(MK3S, key="a"), replace(MK3S, key="b"))
    order = ready(workshop, replace(WISH, quantity=4))
    printing, claimed = workshop.must_claim(agent, "a"), workshop.must_claim(agent, "b")
    workshop.printing(agent, printing)
    workshop.write(lambda c: orders.cancel_rest(c, workshop.ada, order.summary.id, workshop.now))
    after = workshop.show(order.summary.id)
    assert (after.summary.state, after.summary.copies.active, after.summary.copies.cancelled) == (
        OrderState.MAKING, 1, 3,
    )  # fmt: skip
    with pytest.raises(Conflict, match="do not start"):
        workshop.permit(agent, claimed)
    workshop.tell(agent, printing, S.FINISHED_UNVERIFIED, S.GOOD)
    assert workshop.show(order.summary.id).summary.state is OrderState.PARTLY
    with pytest.raises(Conflict, match="none is left to cancel"):
        workshop.write(lambda c: orders.cancel_rest(c, workshop.ada, order.summary.id, workshop.now))


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (replace(WISH, within_km=50), "no_place"),
        (replace(WISH, most_cost=Decimal(5)), "bad_price"),
        (replace(WISH, priority=10), "bad_priority"),
        (replace(WISH, priority=-1), "bad_priority"),
    ],
)
def test_conditions_that_say_nothing_are_refused(workshop: Workshop, wish: OrderWish, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        workshop.order(wish)
    assert refused.value.reason == code


def test_a_day_that_is_past_cannot_be_wished_for(workshop: Workshop) -> None:
    with pytest.raises(Invalid, match="is past"):
        workshop.order(replace(WISH, wanted_by=workshop.now))
    order = ready(workshop, replace(WISH, wanted_by=workshop.now + timedelta(minutes=5)))
    workshop.agent(MK3S)
    (match,) = judged(workshop, order).machines
    assert match.decision.verdict == "can make it, but late"
    assert workshop.claim(workshop.agent(MK3S)) is not None, "a wish refuses nothing"


def test_copies_that_nobody_can_make_do_not_hide_what_waits_behind_them(workshop: Workshop) -> None:
    """More than are judged in one go, and before it in turn: others have been served for long since they came."""
    agent = workshop.agent(replace(MK3S, key="a", name="Left"), replace(MK3S, key="b", name="Right"))
    for _ in range(3):
        ready(workshop, replace(WISH, machine="left", quantity=400))
    order = ready(workshop, replace(WISH, machine="right"))
    late = sa.update(jobs).where(jobs.c.order_id == order.summary.id).values(turn=5000)
    workshop.write(lambda c: c.execute(late))
    assert workshop.must_claim(agent, "b").order == order.summary.id


def test_jobs_that_ask_for_nothing_more_are_judged_by_sql_alone(workshop: Workshop) -> None:
    plain = ready(workshop, replace(WISH, wanted_by=workshop.now + timedelta(days=5), tolerance_mm=None))
    asking = ready(workshop, replace(WISH, lay=True))
    rows = workshop.read(lambda c: {row.order_id: row.asks for row in c.execute(sa.select(jobs))})
    assert rows[plain.summary.id] is None
    assert rows[asking.summary.id] is not None
