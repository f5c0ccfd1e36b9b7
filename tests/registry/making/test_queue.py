"""The claim's SQL and the rule of matching say the same, and the queue is served in its order."""

from dataclasses import replace
from decimal import Decimal

import hypothesis.strategies as st
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from registry.core.asking import NOTHING_ASKED, Asks
from registry.core.capability import Place, Rates
from registry.core.estimates import Estimate
from registry.core.handing_out import Offer, assign, probes_of
from registry.core.lying import as_drawn, bounds, ways_to_lie
from registry.core.matching import Access, Capability, Loaded, Size, Work, match, normal
from registry.store import job_queue
from registry.store.tables.orders import jobs
from tests.registry.making.workshop import MK3S, Workshop

LENGTHS = st.sampled_from([10.0, 99.999, 100.0, 100.009, 100.011, 210.0])
SIZES = st.builds(Size, LENGTHS, LENGTHS, LENGTHS)
NOZZLES = st.sampled_from([None, 0.25, 0.4, 0.405, 0.42, 0.6])
MATERIALS = st.sampled_from(["PLA", "pla ", "PETG", "TPU"])
SHEETS = st.sampled_from([None, 2.75, 3.0, 3.25, 6.0])
TOLERANCES = st.sampled_from([None, 0.1, 0.2, 0.3])
COLOURS = st.sampled_from([None, "black", "Black", "red"])
MACHINES = st.builds(
    Capability,
    process=st.sampled_from(["fdm", "laser"]),
    envelope=SIZES,
    materials=st.lists(st.builds(Loaded, MATERIALS, COLOURS, SHEETS), max_size=3).map(tuple),
    nozzle_mm=NOZZLES,
    facility=st.sampled_from(["fac_lab", "fac_far"]),
    facility_name=st.just("Lab"),
    access=st.sampled_from(Access),
    runners=st.sampled_from([frozenset({"mem_ada"}), frozenset({"mem_bob", "mem_eve"})]),
    machine=st.just("mac_1"),
    tolerance_mm=TOLERANCES,
    rates=st.sampled_from([None, Rates("EUR", Decimal(2)), Rates("USD", per_gram=Decimal("0.05")), Rates("EUR")]),
    place=st.sampled_from([None, Place(53.79, -1.54)]),
    worker_owned=st.booleans(),
)
ASKED = st.builds(
    Asks,
    machine=st.sampled_from([None, None, "mac_1", "mac_2"]),
    lay=st.booleans(),
    place=st.just(Place(51.51, -0.13)),
    within_km=st.sampled_from([None, None, 100, 300]),
    most_cost=st.sampled_from([None, None, Decimal(3), Decimal(30)]),
    currency=st.just("EUR"),
    commercial=st.booleans(),
    licence=st.sampled_from([None, None, "CC-BY-NC-4.0", "LicenseRef-PPL", "LicenseRef-House"]),
    copies=st.integers(1, 5),
    estimate=st.sampled_from([Estimate(), Estimate(40, 3600)]),
)
WORKS = st.builds(
    Work,
    process=st.sampled_from(["fdm", "laser"]),
    material=MATERIALS,
    member=st.sampled_from(["mem_ada", "mem_bob"]),
    colour=COLOURS,
    size=SIZES,
    nozzle_mm=NOZZLES,
    facility=st.sampled_from([None, "fac_lab", "fac_far"]),
    thickness_mm=SHEETS,
    tolerance_mm=TOLERANCES,
    asks=st.just(NOTHING_ASKED) | ASKED,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(work=WORKS, machine=MACHINES)
def test_the_query_takes_exactly_what_the_rule_allows(workshop: Workshop, work: Work, machine: Capability) -> None:
    job = _only_job(workshop)
    assert work.size is not None
    if work.asks.lay:
        work = replace(work, asks=replace(work.asks, ways=ways_to_lie(work.size)))
    short, long, high = bounds(work.asks.ways or (as_drawn(work.size),))
    asked = {
        "process": work.process, "material": normal(work.material), "member_id": work.member,
        "colour": None if work.colour is None else normal(work.colour), "short_mm": short, "long_mm": long,
        "high_mm": high, "nozzle_mm": work.nozzle_mm, "facility_id": work.facility,
        "thickness_mm": work.thickness_mm, "tolerance_mm": work.tolerance_mm,
        "asks": work.asks.to_json() if work.asks.judged else None,
    }  # fmt: skip

    def taken(connection: sa.Connection) -> str | None:
        connection.execute(sa.update(jobs).where(jobs.c.id == job).values(asked))
        wanted = dict.fromkeys(probes_of(machine), 1)
        found = job_queue.first_jobs(connection, wanted, judged=1, take=True)
        offer = Offer("mac_1", "mk3s", machine, probes_of(machine))
        (given,) = assign([[offer]], found)
        return None if given is None else given[1].job.id

    assert (workshop.write(taken) == job) == match(work, machine).can


def _only_job(workshop: Workshop) -> str:
    there = workshop.read(lambda c: c.execute(sa.select(jobs.c.id)).scalars().all())
    return str(there[0]) if there else workshop.ready_order().jobs[0].id


def test_the_oldest_job_comes_first_whatever_its_size(workshop: Workshop) -> None:
    first = workshop.ready_order(quantity=2)
    workshop.later(seconds=1)
    second = workshop.ready_order(parameters={"units": 3})
    agent = workshop.agent(replace(MK3S, key="a"), replace(MK3S, key="b"), replace(MK3S, key="c"))
    taken = [workshop.must_claim(agent, "a", "b", "c") for _ in range(3)]
    assert [at.order for at in taken] == [first.summary.id, first.summary.id, second.summary.id]
    assert {at.machine for at in taken} == {"a", "b", "c"}


def test_a_job_that_no_machine_can_make_keeps_nobody_waiting(workshop: Workshop) -> None:
    huge = workshop.order()
    workshop.build_done(huge.build, size=(1000, 10, 10))
    workshop.later(seconds=1)
    small = workshop.ready_order(parameters={"units": 3})
    assert workshop.must_claim(workshop.agent(MK3S)).order == small.summary.id


def test_the_brim_counts_as_part_of_the_footprint(workshop: Workshop) -> None:
    order = workshop.order()
    workshop.build_done(order.build, size=(247, 10, 10))
    agent = workshop.agent(MK3S)
    assert workshop.claim(agent) is None
    workshop.announce(agent, replace(MK3S, envelope=Size(251, 210, 210)))
    assert workshop.claim(agent) is not None
