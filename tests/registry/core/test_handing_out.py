"""Which job goes to which claim."""

from collections.abc import Sequence

import hypothesis.strategies as st
from hypothesis import given

from registry.core.capability import Access, Capability, Loaded, Size
from registry.core.handing_out import ANYWHERE, Offer, Probe, Queued, assign, expected, probes_of, run_dry

MATERIALS = ("pla", "petg", "asa")


def machine(number: int, materials: Sequence[str], access: Access = Access.PUBLIC) -> Offer:
    loaded = tuple(Loaded(material) for material in materials)
    can = Capability("fdm", Size(250, 210, 200), loaded, 0.4, "fac", "Lab", access, frozenset({"mem_bob", "mem_ada"}))
    return Offer(f"mac_{number}", f"m{number}", can, probes_of(can))


def queued(number: int, material: str, place: str = ANYWHERE) -> Queued:
    facility = None if place == ANYWHERE else place
    size = (10, 10, 10)
    return Queued(
        f"job_{number:03}", "ord", number, "mem", 0, number, "fdm", material, facility, *size, 0, None, False, 0, 0
    )


def seen(jobs: Sequence[Queued], offers: Sequence[Offer]) -> dict[Probe, list[Queued]]:
    """What the store answers: each probe's jobs, in the order of the queue."""
    probes = {probe for offer in offers for probe in offer.probes}
    return {probe: [job for job in jobs if job.queue == probe.queue] for probe in probes}


@given(
    st.lists(st.lists(st.sets(st.sampled_from(MATERIALS), min_size=1), min_size=1, max_size=3), max_size=6),
    st.lists(st.sampled_from(MATERIALS), max_size=12),
)
def test_each_claim_gets_the_first_job_that_is_left_for_its_machines(
    loaded: list[list[set[str]]], materials: list[str]
) -> None:
    numbers = iter(range(100))
    claims = [[machine(next(numbers), sorted(each)) for each in machines] for machines in loaded]
    jobs = [queued(number, material) for number, material in enumerate(materials)]
    given_out = assign(claims, seen(jobs, [offer for offers in claims for offer in offers]))
    left = list(jobs)
    for offers, got in zip(claims, given_out, strict=True):
        wanted = {loaded.material for offer in offers for loaded in offer.can.materials}
        best = next((job for job in left if job.queue.material in wanted), None)
        assert (None if got is None else got[1]) == best
        if got is not None:
            left.remove(got[1])
            assert got[1].queue.material in {loaded.material for loaded in got[0].can.materials}


@given(
    st.lists(st.lists(st.sets(st.sampled_from(MATERIALS), min_size=1), min_size=1, max_size=2), max_size=12),
    st.lists(st.sampled_from(MATERIALS), max_size=24),
)
def test_looking_at_few_first_gives_each_claim_what_looking_at_all_would(
    loaded: list[list[set[str]]], materials: list[str]
) -> None:
    numbers = iter(range(100))
    claims = [[machine(next(numbers), sorted(each)) for each in machines] for machines in loaded]
    jobs = [queued(number, material) for number, material in enumerate(materials)]
    every = seen(jobs, [offer for offers in claims for offer in offers])
    asked = expected(claims)
    found = {probe: every[probe][:first] for probe, (first, _) in asked.items()}
    given_out = assign(claims, found)
    dry = run_dry(asked, found, {got[1].id for got in given_out if got is not None})
    if dry:
        given_out = assign(claims, found | {probe: every[probe][: asked[probe][1]] for probe in dry})
    assert given_out == assign(claims, every)


def test_two_claims_that_name_the_same_machine_get_one_job_for_it() -> None:
    one = machine(1, ["pla"])
    first, second = assign([[one], [one]], seen([queued(1, "pla"), queued(2, "pla")], [one]))
    assert first is not None
    assert second is None


def test_a_machine_asks_for_jobs_of_its_facility_and_for_those_of_none() -> None:
    offer = machine(1, ["PLA", "pla ", "PETG"])
    assert [(probe.material, probe.place) for probe in offer.probes] == [
        ("pla", "fac"), ("pla", ANYWHERE), ("petg", "fac"), ("petg", ANYWHERE),
    ]  # fmt: skip
    assert all(probe.members is None for probe in offer.probes)
    closed = machine(1, ["PLA"], Access.PRIVATE)
    assert {probe.members for probe in closed.probes} == {("mem_ada", "mem_bob")}
