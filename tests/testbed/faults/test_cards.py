"""The decks hold the whole matrix, deal it evenly, and deal kills as sparingly as they are told."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from testbed.faults.cards import KINDS, PROCESSES, Cell, Decks, Kind, Target, Transition, every_cell


def cells_at(transition: Transition) -> list[Cell]:
    return [cell for cell in every_cell() if cell.transition is transition]


def test_every_target_is_hurt_at_every_transition_in_every_way_it_can_be() -> None:
    assert len(set(every_cell())) == len(every_cell()) == len(Transition) * sum(map(len, KINDS.values()))
    assert {cell.target for cell in every_cell()} == set(Target)
    assert {cell.kind for cell in every_cell()} == set(Kind)


@given(st.integers(), st.sampled_from(Transition))
def test_every_line_comes_up_before_any_comes_up_again(seed: int, transition: Transition) -> None:
    decks = Decks(random.Random(seed), {})
    wanted = cells_at(transition)
    for _ in range(2):
        assert Counter(decks.draw(transition) for _ in wanted) == Counter(wanted)


@given(st.integers())
def test_the_same_seed_deals_the_same(seed: int) -> None:
    one, other = (Decks(random.Random(seed), {}) for _ in range(2))
    drawn = [transition for transition in Transition for _ in range(5)]
    assert [one.draw(transition) for transition in drawn] == [other.draw(transition) for transition in drawn]


@given(st.integers(), st.integers(1, 4))
def test_kills_are_dealt_sparingly_and_not_all_at_once(seed: int, every: int) -> None:
    decks = Decks(random.Random(seed), dict.fromkeys(PROCESSES, every))
    kills: Counter[Target] = Counter()
    for transition in Transition:
        plain = [cell for cell in cells_at(transition) if cell.kind is not Kind.KILL or cell.target not in PROCESSES]
        first = {decks.draw(transition) for _ in plain}
        rest = [decks.draw(transition) for _ in range(every * len(cells_at(transition)))]
        kills.update(cell.target for cell in [*first, *rest] if cell.kind is Kind.KILL and cell.target in PROCESSES)
    assert set(kills) == PROCESSES
    for target in PROCESSES:
        assert kills[target] >= len(Transition), "in so many rounds each comes up once"


@given(st.integers(), st.sampled_from(Transition))
def test_what_was_put_back_comes_up_again(seed: int, transition: Transition) -> None:
    decks = Decks(random.Random(seed), {})
    cell = decks.draw(transition)
    decks.put_back(cell)
    assert Counter(decks.draw(transition) for _ in cells_at(transition)) == Counter(cells_at(transition))
