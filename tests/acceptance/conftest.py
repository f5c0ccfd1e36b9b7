"""One workshop for the whole folder."""

from collections.abc import Iterator

import pytest

from tests.acceptance.workshop import Workshop


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    with workshop.open():
        yield workshop
