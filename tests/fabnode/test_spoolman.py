"""Spoolman as the keeper of spools: what it says is understood, and what prints took is told once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabnode.spoolman import Spoolman, SpoolmanError, tell_use
from fabnode.spools import Spool, Use
from fabnode.stock import Stock
from tests.simulators.broken_server import Answer, BrokenServer, listening
from tests.simulators.spoolman import KeptSpool, spoolman

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


async def test_a_spool_is_read() -> None:
    async with spoolman(KeptSpool(12, used=360)) as server:
        kept = await Spoolman(server.url).spool("12")
        assert await Spoolman(server.url).version() == "0.22.1"
    assert (kept.spool.id, kept.spool.material, kept.spool.grams, kept.used_g) == ("12", "PLA", 640, 360)
    assert kept.spool.spoolman


@pytest.mark.parametrize(
    ("number", "words"),
    [("7", "has no spool 7"), ("1", "archived"), ("2", "does not know what is on spool 2"), ("3", "material"),
     ("../x", "has no spool")],
)  # fmt: skip
async def test_a_spool_that_cannot_be_loaded_says_why(number: str, words: str) -> None:
    spools = (KeptSpool(1, archived=True), KeptSpool(2, weight=None), KeptSpool(3, material=""))
    async with spoolman(*spools) as server:
        with pytest.raises(SpoolmanError, match=words):
            await Spoolman(server.url).spool(number)


@pytest.mark.parametrize("answer", [Answer(200, b"nonsense"), Answer(500, b""), Answer(200, b'{"id": 1}')])
async def test_another_server_is_not_taken_for_spoolman(answer: Answer) -> None:
    server = BrokenServer({"GET /": answer})
    async with listening(server):
        with pytest.raises(SpoolmanError):
            await Spoolman(server.url).spool("1")


@pytest.mark.parametrize("lost_answers", [0, 1])
@pytest.mark.parametrize("lost_requests", [0, 1])
async def test_a_use_is_told_once_whatever_gets_lost(tmp_path: Path, lost_answers: int, lost_requests: int) -> None:
    async with spoolman(KeptSpool(12)) as server:
        server.lose_answers, server.lose_requests = lost_answers, lost_requests
        stock = Stock(tmp_path / "stock.sqlite")
        stock.keep_spool(Spool("12", "PLA", None, "", 1000, NOW, spoolman=True))
        stock.begin(Use("a1", "m1", "12", 80, 60, NOW))
        assert stock.untold() == ()
        stock.settle("a1", 72.5, 60, NOW)
        for _ in range(4):
            for untold in stock.untold():
                try:
                    await tell_use(Spoolman(server.url), stock, untold)
                except SpoolmanError:
                    stock.close()
                    stock = Stock(tmp_path / "stock.sqlite")
        assert stock.untold() == ()
        assert server.spools[12].used == pytest.approx(72.5)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 200), st.integers(0, 1), st.integers(0, 1)), max_size=4))
async def test_many_prints_add_up_with_the_keepers_own_figure(
    tmp_path_factory: pytest.TempPathFactory, prints: list[tuple[float, int, int]]
) -> None:
    stock = Stock(tmp_path_factory.mktemp("stock") / "stock.sqlite")
    stock.keep_spool(Spool("12", "PLA", None, "", 5000, NOW, spoolman=True))
    async with spoolman(KeptSpool(12, weight=5000)) as server:
        for number, (grams, lost_answers, lost_requests) in enumerate(prints):
            server.lose_answers, server.lose_requests = lost_answers, lost_requests
            stock.begin(Use(f"a{number}", "m1", "12", grams, 60, NOW))
            stock.settle(f"a{number}", grams, 60, NOW)
            for _ in range(4):
                for untold in stock.untold():
                    try:
                        await tell_use(Spoolman(server.url), stock, untold)
                    except SpoolmanError:
                        continue
        assert server.spools[12].used == pytest.approx(sum(grams for grams, *_ in prints), abs=0.01)
    stock.close()
