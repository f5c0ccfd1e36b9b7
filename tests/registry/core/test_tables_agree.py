"""The agent's transition table and the registry's: whatever the one can tell, the other can take."""

import pytest

from fabnode import core as agent
from fabnode import events as e
from fabnode.protocol import AttemptState as Told
from registry.core.attempts import (
    BEFORE_START,
    REACHABLE,
    RUNNING,
    SETTLED,
    TABLE,
    Attempt,
    AttemptState,
    Effect,
    Job,
    JobState,
    report,
)
from registry.core.attempts import Told as Report

MOVES = sorted(
    {(before, event, after) for (before, event), after in agent.TRANSITIONS.items() if after not in {None, before}},
    key=lambda move: (move[0], move[1].__name__),
)


def test_both_know_the_same_states_but_the_one_that_only_the_registry_gives() -> None:
    assert {state.value for state in Told} == {state.value for state in AttemptState} - {"lost"}
    assert set(TABLE) == set(AttemptState)


@pytest.mark.parametrize(("before", "event", "after"), MOVES, ids=lambda part: getattr(part, "__name__", str(part)))
def test_the_registry_takes_every_move_of_an_agent(before: Told, event: type[e.Event], after: Told) -> None:
    assert AttemptState(after.value) in REACHABLE[AttemptState(before.value)]


def test_both_agree_on_what_comes_before_a_start_and_what_is_over() -> None:
    assert {state.value for state in agent.BEFORE_START} == {state.value for state in BEFORE_START}
    assert {state.value for state in agent.ON_MACHINE} == {state.value for state in RUNNING}
    assert {state.value for state in agent.OVER} == {state.value for state in SETTLED} - {"lost"}


@pytest.mark.parametrize("ended", sorted(SETTLED))
@pytest.mark.parametrize("told", [state for state in AttemptState if state is not AttemptState.LOST])
def test_an_attempt_that_ended_is_never_changed_again(ended: AttemptState, told: AttemptState) -> None:
    """But for an extra part, which is noted beside it."""
    job, attempt = Job("job", JobState.DONE, 1, "try"), Attempt("try", 1, ended, permitted=True)
    outcome = report(job, attempt, Report(99, 1, told))
    assert outcome.effect is Effect.KEPT
    assert outcome.job == job
    assert outcome.attempt is not None
    assert (outcome.attempt.state, outcome.attempt.last_sequence) == (ended, 0)


def test_the_only_way_to_a_start_leads_over_a_permit() -> None:
    """START_INTENT is entered by a permit alone, and every state on the machine from there or from its own kind."""
    assert [event for before, event, after in MOVES if after is Told.START_INTENT] == [e.PermitGranted]
    for before, _, after in MOVES:
        if after in agent.RUNNING:
            assert before in agent.TO_BE_PROVED
