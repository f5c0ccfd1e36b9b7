"""One shop for the folder."""

from collections.abc import Iterator

import pytest

from tests.acceptance.laser.shop import Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("shop"))
    with shop.open():
        yield shop
