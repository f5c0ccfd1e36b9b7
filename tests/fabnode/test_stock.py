"""Spools, loads, uses and care: counted once, whatever is told twice and whenever the process dies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabnode.config import Interval
from fabnode.maintenance import Worked, standing, stopping
from fabnode.protocol import AttemptState as S
from fabnode.spools import NEVER_BEGUN, Ending, Spool, Use, remaining_g, share_made, shortage
from fabnode.stock import Fit, Load, Stock, StockError

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SPOOL = Spool("12", "PLA", "black", "Prusament", 1000.0, NOW)


def use(attempt: str = "a1", grams: float = 100.0, spool: str | None = "12") -> Use:
    return Use(attempt, "m1", spool, grams, 3600.0, NOW)


@pytest.fixture
def stock(tmp_path: Path) -> Stock:
    stock = Stock(tmp_path / "stock.sqlite")
    stock.know_machines(("m1", "m2"), NOW)
    stock.keep_spool(SPOOL)
    return stock


def again(stock: Stock, tmp_path: Path) -> Stock:
    """As the next process finds it."""
    stock.close()
    return Stock(tmp_path / "stock.sqlite")


def test_a_print_is_kept_aside_and_taken_off_once(stock: Stock, tmp_path: Path) -> None:
    stock.begin(use())
    stock.begin(use(grams=999))
    assert remaining_g(stock.spools()["12"], stock.open_uses()) == 900
    stock = again(stock, tmp_path)
    assert remaining_g(stock.spools()["12"], stock.open_uses()) == 900
    assert stock.settle("a1", 40, 1440, NOW)
    assert not stock.settle("a1", 40, 1440, NOW)
    stock = again(stock, tmp_path)
    assert not stock.settle("a1", 100, 3600, NOW)
    assert remaining_g(stock.spools()["12"], stock.open_uses()) == 960
    stock.begin(use())
    assert stock.open_uses() == (), "an attempt that is over does not begin again"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["begin", "settle", "die"]), st.integers(0, 4), st.floats(0, 300)), max_size=30)
)
def test_what_is_left_is_what_was_there_less_each_print_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, float]]
) -> None:
    folder = tmp_path_factory.mktemp("stock")
    stock = Stock(folder / "stock.sqlite")
    stock.keep_spool(Spool("12", "PLA", None, "", 10_000, NOW))
    planned: dict[str, float] = {}
    took: dict[str, float] = {}
    for what, number, grams in steps:
        attempt = f"a{number}"
        if what == "begin":
            stock.begin(use(attempt, grams))
            planned.setdefault(attempt, grams)
        elif what == "settle":
            stock.settle(attempt, grams, 1, NOW)
            if attempt in planned:
                took.setdefault(attempt, grams)
        else:
            stock = again(stock, folder)
    left = remaining_g(stock.spools()["12"], stock.open_uses())
    gone = sum(took.get(attempt, grams) for attempt, grams in planned.items())
    assert left == pytest.approx(10_000 - gone)
    stock.close()


@pytest.mark.parametrize(
    ("ending", "share"),
    [
        (Ending(S.FINISHED_UNVERIFIED, "SeenDone", began=True, progress=0.97, seconds=10), 1.0),
        (Ending(S.SCRAP, "AcceptedScrap", began=True, progress=None, seconds=None), 1.0),
        (Ending(S.PRINTING, "SeenPrinting", began=True, progress=0.4, seconds=None), None),
        (Ending(S.UNCERTAIN, "NoProof", began=True, progress=0.4, seconds=None), None),
        (Ending(S.FAILED, "StartRefused", began=False, progress=None, seconds=None), 0.0),
        (Ending(S.FAILED, NEVER_BEGUN, began=True, progress=0.4, seconds=None), 0.0),
        (Ending(S.CANCELLED, "SeenCancelled", began=True, progress=0.4, seconds=1800), 0.4),
        (Ending(S.CANCELLED, "SeenCancelled", began=True, progress=None, seconds=1800), 0.5),
        (Ending(S.FAILED, "SeenFailed", began=True, progress=None, seconds=None), 1.0),
        (Ending(S.FAILED, "SeenFailed", began=True, progress=1.7, seconds=None), 1.0),
    ],
)
def test_how_much_was_laid(ending: Ending, share: float | None) -> None:
    assert share_made(use(), ending) == share


def test_a_shortage_is_said_in_grams() -> None:
    assert shortage(84.2, SPOOL, 40) == "it needs 84 g and spool 12 (PLA black) has 40 g left"
    assert shortage(40, SPOOL, 40) is None
    assert shortage(None, SPOOL, 0) is None
    assert shortage(84, None, 0) is None


def test_what_is_loaded_stays_loaded(stock: Stock, tmp_path: Path) -> None:
    stock.note_short("m1", "no more")
    load = Load(0, "PLA", "black", None, "12", "ada", NOW)
    stock.load("m1", Load(0, "PETG", None, None, None, "ada", NOW))
    stock.load("m1", load)
    stock.fit("m2", 0.6, "generic")
    stock.note_short("m2", "it needs 84 g")
    stock.allow("m2")
    stock = again(stock, tmp_path)
    assert stock.fits() == {"m1": Fit((load,)), "m2": Fit(nozzle_mm=0.6, profile="generic", allowed=True)}
    stock.unload("m1")
    assert stock.fits()["m1"] == Fit()
    assert stock.next_spool() == "13"


def test_care_is_due_by_what_was_done_since(stock: Stock) -> None:
    stock.begin(use("a1"))
    stock.settle("a1", 80, 7200, NOW + timedelta(hours=2))
    later = NOW + timedelta(days=3)
    asked = {"m1": ("nozzle",), "m2": ("nozzle",)}
    worked = stock.worked(asked, later)
    assert worked["m1", "nozzle"] == Worked(hours=2, grams=80, days=3)
    assert worked["m2", "nozzle"] == Worked(days=3)
    stock.care("m1", "nozzle", "ada", "0.4 brass", NOW + timedelta(hours=2))
    assert stock.worked(asked, later)["m1", "nozzle"].hours == 0


def test_the_measure_that_is_used_up_most_decides() -> None:
    interval = Interval(what="nozzle", every_hours=300, every_grams=100, stop=True, note="0.4 brass")
    due = standing(interval, Worked(hours=30, grams=95, days=1000))
    assert (due.words, due.now, due.shown) == ("nozzle: 95 of 100 g (0.4 brass)", False, True)
    assert stopping("m1", [due]) is None
    over = standing(interval, Worked(hours=310, grams=95))
    assert stopping("m1", [due, over]) == (
        "maintenance is due, nozzle: 310 of 300 print hours (0.4 brass): do it, then say "
        "`fabnode maintenance done m1 nozzle`"
    )
    assert stopping("m1", [standing(Interval(what="belts", every_days=90), Worked(days=100))]) is None


def test_a_damaged_or_newer_stock_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite").write_bytes(b"SQLite format 3\0" + b"nonsense" * 200)
    with pytest.raises(StockError, match="is damaged"):
        Stock(tmp_path / "bad.sqlite")
    stock = Stock(tmp_path / "new.sqlite")
    with stock.change() as db:
        db.execute("UPDATE about SET schema = 99")
    stock.close()
    with pytest.raises(StockError, match="has schema 99"):
        Stock(tmp_path / "new.sqlite")
