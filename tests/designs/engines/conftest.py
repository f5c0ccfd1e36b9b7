"""One warm worker of OpenSCAD's for all tests."""

from collections.abc import Iterator

import pytest

from designs.engines.openscad import ENGINE
from designs.sandbox.jail import Jail


@pytest.fixture(scope="session")
def scad_jail() -> Iterator[Jail]:
    with Jail(ENGINE.environment()) as warm:
        yield warm
