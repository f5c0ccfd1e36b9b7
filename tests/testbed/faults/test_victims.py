"""Processes are killed and stopped, come back by themselves, and are never hurt twice at the same time."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.faults.cards import Kind
from testbed.faults.victims import AT_ONCE, Victims
from testbed.process import Server, wait_until

PATIENCE_SECONDS = 20
SAY_HELLO = "import sys, time; open(sys.argv[1], 'w'); time.sleep(60)"


def state_of(server: Server) -> str:
    """T: stopped; by the kernel."""
    return Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2][0]


def sleeper(folder: Path, name: str) -> Server:
    hello = folder / name
    return Server([sys.executable, "-c", SAY_HELLO, str(hello)], ready=hello.exists, log=folder / f"{name}.log")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, Server]]:
    servers = {name: sleeper(tmp_path, name) for name in "abc"}
    for server in servers.values():
        server.start()
    yield servers
    for server in servers.values():
        server.kill9()


def test_what_was_killed_comes_back_as_another_process(servers: dict[str, Server]) -> None:
    victims = Victims(servers)
    before = servers["a"].pid
    assert victims.hurt("a", Kind.KILL, 0)
    victims.join()
    assert servers["a"].running
    assert servers["a"].pid != before
    assert victims.failures == []


def test_what_was_stopped_goes_on(servers: dict[str, Server]) -> None:
    victims = Victims(servers)
    before = servers["a"].pid
    assert victims.hurt("a", Kind.STOP, 0.3)
    wait_until(lambda: state_of(servers["a"]) == "T", seconds=PATIENCE_SECONDS, what="it to be stopped")
    victims.join()
    wait_until(lambda: state_of(servers["a"]) != "T", seconds=PATIENCE_SECONDS, what="it to go on")
    assert servers["a"].pid == before


def test_few_are_away_at_the_same_time_and_none_twice(servers: dict[str, Server]) -> None:
    victims = Victims(servers)
    assert victims.hurt("a", Kind.STOP, 0.3)
    assert not victims.hurt("a", Kind.KILL, 0)
    assert [victims.hurt(name, Kind.STOP, 0.3) for name in "bc"] == [True, False]
    assert AT_ONCE == 2
    victims.join()
    assert victims.hurt("a", Kind.STOP, 0)
    victims.join()


def test_what_does_not_come_back_is_told(tmp_path: Path) -> None:
    ended = Server([sys.executable, "-c", "raise SystemExit(3)"], ready=lambda: False, log=tmp_path / "ended.log")
    victims = Victims({"ended": ended})
    assert victims.hurt("ended", Kind.KILL, 0)
    victims.join()
    assert ["ended did not come back" in words for words in victims.failures] == [True]
