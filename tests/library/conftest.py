"""One set of models for the whole folder: most tests look at the same ones."""

import pytest

from tests.library.models import Library


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()
