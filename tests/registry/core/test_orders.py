"""The one word for an order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.attempts import JobState
from registry.core.orders import OrderState, order_state, tally

J = JobState


@pytest.mark.parametrize(
    ("jobs", "cancelled", "state"),
    [
        ([J.WAITING, J.WAITING], False, OrderState.BUILDING),
        ([J.FAILED, J.FAILED], False, OrderState.FAILED),
        ([J.FAILED], True, OrderState.FAILED),
        ([J.QUEUED, J.QUEUED], False, OrderState.QUEUED),
        ([J.ACTIVE, J.QUEUED], False, OrderState.MAKING),
        ([J.DONE, J.QUEUED], False, OrderState.MAKING),
        ([J.DONE, J.NEEDS_REDO], False, OrderState.ATTENTION),
        ([J.UNCERTAIN], False, OrderState.ATTENTION),
        ([J.UNCERTAIN, J.ACTIVE], False, OrderState.MAKING),
        ([J.DONE, J.DONE], False, OrderState.DONE),
        ([J.DONE, J.CANCELLED], False, OrderState.PARTLY),
        ([J.CANCELLED, J.ACTIVE], True, OrderState.CANCELLING),
        ([J.CANCELLED, J.DONE], True, OrderState.CANCELLED),
        ([J.CANCELLED], True, OrderState.CANCELLED),
    ],
)
def test_an_order_is_what_its_copies_are(jobs: list[JobState], cancelled: bool, state: OrderState) -> None:
    assert order_state(tally(jobs), cancelled=cancelled) is state


@given(st.lists(st.sampled_from(list(JobState)), min_size=1), st.booleans())
def test_every_copy_is_counted_once_and_every_order_has_a_state(jobs: list[JobState], cancelled: bool) -> None:
    copies = tally(jobs)
    assert copies.total == len(jobs)
    assert order_state(copies, cancelled=cancelled) in OrderState
