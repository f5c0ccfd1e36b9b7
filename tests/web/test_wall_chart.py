"""The bars of wall thickness, and the same in words."""

from hypothesis import given
from hypothesis import strategies as st

from designs.analysis.walls import EDGES_MM
from registry.web.wall_chart import HEIGHT, LEFT, WIDTH, draw_walls

shares_of_bins = st.lists(st.floats(0, 1), min_size=len(EDGES_MM), max_size=len(EDGES_MM))


def some(**at: float) -> list[float]:
    shares = [0.0] * len(EDGES_MM)
    for start, share in at.items():
        shares[EDGES_MM.index(float(start.removeprefix("mm").replace("_", ".")))] = share
    return shares


def test_nothing_felt_is_no_chart() -> None:
    assert draw_walls(EDGES_MM, [0.0] * len(EDGES_MM), 0.4) is None


@given(shares_of_bins, st.floats(0.05, 5))
def test_bars_stand_side_by_side_within_the_drawing(shares: list[float], nozzle: float) -> None:
    chart = draw_walls(EDGES_MM, shares, nozzle)
    if chart is None:
        assert not any(shares)
        return
    for bar, after in zip(chart.bars, chart.bars[1:], strict=False):
        assert bar.x + bar.width <= after.x + 0.2
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH and 0 <= bar.y <= HEIGHT for bar in chart.bars)
    assert LEFT <= chart.nozzle.at <= WIDTH


def test_the_nozzle_stands_between_what_is_thinner_and_what_is_not() -> None:
    chart = draw_walls(EDGES_MM, some(mm0_2=0.25, mm0_4=0.25, mm4=0.5), 0.4)
    assert chart is not None
    assert [bar.thin for bar in chart.bars[:4]] == [True, True, False, False]
    assert chart.bars[1].x + chart.bars[1].width <= chart.nozzle.at <= chart.bars[2].x
    assert chart.words == (
        "25 % of the surface has less than 0.4 mm behind it, the nozzle's width; the largest part, 50 %, has 4 to 5 mm"
    )


def test_the_thickest_bin_is_open() -> None:
    chart = draw_walls(EDGES_MM, some(mm100=1.0), 0.4)
    assert chart is not None
    assert chart.bars[-1].words == "100 mm or more: 100 % of the surface"
    assert chart.words.startswith("None of the surface")
