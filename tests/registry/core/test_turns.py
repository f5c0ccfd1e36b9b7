"""Fair shares: members who order many copies let each other in, whoever ordered first and how much."""

from collections import Counter, defaultdict
from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given, settings

from registry.core.turns import Standing, present, turns


class Line:
    """One queue, one kind of machine: copies are handed out by turn, and each is made before the next is taken."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, int, str]] = []
        self.making: tuple[int, int, str] | None = None
        self.number = 0

    def standings(self) -> list[Standing]:
        own = defaultdict(list)
        for turn, _, member in self.waiting:
            own[member].append(turn)
        active = {} if self.making is None else {self.making[2]: self.making[0]}
        return [
            Standing(
                member, min(own[member], default=None), max([*own[member], *_of(active, member)]), member in active
            )
            for member in sorted(own.keys() | active.keys())
        ]

    def order(self, member: str, copies: int) -> None:
        for turn in turns(member, copies, self.standings()):
            self.number += 1
            self.waiting.append((turn, self.number, member))

    def take(self) -> str | None:
        self.making = min(self.waiting, default=None)
        if self.making is None:
            return None
        self.waiting.remove(self.making)
        return self.making[2]


def _of(active: dict[str, int], member: str) -> list[int]:
    return [active[member]] if member in active else []


def test_one_copy_waits_for_no_more_than_one_of_a_member_with_five_hundred() -> None:
    line = Line()
    line.order("heavy", 500)
    for _ in range(123):
        assert line.take() == "heavy"
    line.order("light", 1)
    assert "light" in [line.take(), line.take()]


def test_a_member_who_comes_later_does_not_push_back_one_who_has_waited_long() -> None:
    line = Line()
    line.order("first", 300)
    for _ in range(100):
        line.take()
    line.order("second", 300)
    taken = Counter(line.take() for _ in range(100))
    assert abs(taken["first"] - taken["second"]) <= 1


def test_an_empty_queue_owes_nobody_anything() -> None:
    line = Line()
    line.order("yesterday", 50)
    while line.take():
        pass
    line.order("new", 5)
    line.order("yesterday", 5)
    taken = [line.take() for _ in range(10)]
    assert Counter(taken[:4]) == {"new": 2, "yesterday": 2}


def test_those_whom_nobody_serves_do_not_hold_the_clock() -> None:
    stuck, going = Standing("stuck", 3, 3, served=False), Standing("going", 300, 400, served=True)
    assert present([stuck, going]) == 300
    assert present([stuck]) == 3
    assert present([]) == 0


ORDERS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["a", "b", "c"]), st.integers(1, 12)), min_size=1, max_size=8
)


@settings(max_examples=200)
@given(ORDERS)
def test_between_members_who_wait_all_the_time_shares_differ_by_no_more_than_two(
    orders: list[tuple[int, str, int]],
) -> None:
    """Whatever was ordered and made before: from when two members both wait, machines alternate between them."""
    line = Line()
    for made, member, copies in orders:
        for _ in range(made):
            line.take()
        line.order(member, copies)
    both = {member for _, _, member in line.waiting}
    taken: Counter[str | None] = Counter()
    while both and both <= {member for _, _, member in line.waiting}:
        taken[line.take()] += 1
    shares = [taken[member] for member in both]
    assert not shares or max(shares) - min(shares) <= 2


@given(
    st.lists(st.builds(Standing, st.sampled_from("abc"), st.integers(0, 99), st.integers(99, 200), st.booleans())),
    st.integers(1, 500),
)
def test_turns_follow_one_another_and_come_after_the_members_own(known: list[Standing], copies: int) -> None:
    given_turns = turns("a", copies, known)
    assert len(given_turns) == copies
    assert all(later - earlier == 1 for earlier, later in pairwise(given_turns))
    assert all(given_turns[0] > one.last for one in known if one.member == "a")
    assert given_turns[0] >= present(known)
