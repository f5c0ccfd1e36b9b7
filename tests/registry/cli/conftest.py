from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from testbed.registry import RegistryServer
from tests.registry.cli.terminal import Terminal

_numbers = count(1)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryServer]:
    """One registry process for all these tests. It leaves builds alone."""
    with RegistryServer(tmp_path_factory.mktemp("server"), settings={"COFAB_BUILD_WORKERS": "0"}) as running:
        yield running


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal of somebody who never logged in anywhere."""
    return Terminal(tmp_path / "home")


@pytest.fixture
def member(terminal: Terminal, server: RegistryServer) -> str:
    """A fresh member, logged in at the terminal; their name."""
    name = f"member-{next(_numbers)}"
    terminal.well("register", server.url, "--name", name, "--password-stdin", stdin=f"{PASSWORD}\n")
    return name


@pytest.fixture
def hook(terminal: Terminal, tmp_path: Path) -> Path:
    """The folder of a first design."""
    terminal.well("init", tmp_path / "my-hook", "--author", "Ada Example")
    return tmp_path / "my-hook"
