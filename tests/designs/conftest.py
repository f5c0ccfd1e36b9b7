"""One warm worker for the whole run: starting it takes longer than most tests."""

from collections.abc import Iterator

import pytest

from designs.sandbox.jail import Jail


@pytest.fixture(scope="session")
def jail() -> Iterator[Jail]:
    with Jail() as warm:
        yield warm
