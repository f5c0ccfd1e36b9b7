"""A laser job, once through: publish, order, claim, toolpath, judge, check, home, cut, verdict. And what goes wrong."""

import re
from pathlib import Path

import pytest

from tests.acceptance.laser.shop import LASER, Shop

BOX = Path(__file__).parents[3] / "designs" / "library" / "finger-joint-box"
PLATES = Path(__file__).parent / "plates"
SMALL = {"width": 30, "depth": 30, "height": 30, "lid": "none"}
PANELS = 5
KERF_MM = 0.15
PLATE_GAP_MM = 6


@pytest.fixture(scope="module")
def plates(shop: Shop) -> str:
    return shop.publish(PLATES)


def test_a_box_is_published_ordered_and_cut(shop: Shop) -> None:
    version = shop.publish(BOX)
    order = shop.place(version, **SMALL)
    waiting = shop.until_attempt_is(order, "awaiting_operator")
    assert shop.witness("executed") == []
    assert waiting["figures"]["slicer"].endswith("toolpaths")
    assert waiting["figures"]["filament_g"] is None

    shop.agent.clear_bed(LASER)
    finished = shop.until_attempt_is(order, "finished_unverified")
    executed = shop.witness("executed")
    assert executed[:-1] == shop.witness("checked"), "what ran is what the controller had checked"
    assert sum(line.startswith("G0X") for line in executed) == PANELS + 1
    assert shop.controller.do(lambda: (shop.controller.board.tool, shop.controller.board.witness.homings)) == ("M5", 1)
    assert shop.controller.do(lambda: shop.controller.board.witness.unlocks) == 0
    assert finished["starts_seen"] == 1

    shop.agent.accept(finished["id"])
    shop.until(lambda: shop.order(order)["state"] == "done", "the order to be done")


def test_copies_of_a_drawing_are_cut_from_one_sheet(shop: Shop, tmp_path: Path) -> None:
    drawing = tmp_path / "plate"
    drawing.mkdir()
    (drawing / "plate.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="60mm" viewBox="0 0 90 60">'
        '<rect x="10" y="10" width="50" height="30"/><circle cx="35" cy="25" r="8"/></svg>'
    )
    order = shop.place(shop.publish(drawing, licence="MIT"), quantity=2, thickness=3.1)
    first = shop.until_attempt_is(order, "awaiting_operator")
    before = len(shop.witness("executed"))
    shop.agent.clear_bed(LASER)
    shop.until_attempt_is(order, "finished_unverified")
    executed = shop.witness("executed")[before:]
    points = [re.match(r"G1X([0-9.]+)Y([0-9.]+)", line) for line in executed]
    xs, ys = zip(*((float(at[1]), float(at[2])) for at in points if at), strict=True)
    assert sorted((max(xs) - min(xs), max(ys) - min(ys))) == pytest.approx(
        sorted((50 + KERF_MM, 2 * 30 + PLATE_GAP_MM + KERF_MM)), abs=0.01
    )
    assert sum(line.startswith("G0X") for line in executed) == 2 * 2 + 1, "to each hole, to each outline, home"
    shop.agent.command("accept", first["id"], "good", "--copies", "1")
    shop.until(lambda: {job["state"] for job in shop.order(order)["jobs"]} == {"done", "needs_redo"}, "one of two")


def test_an_order_says_which_sheet_is_missing(shop: Shop, plates: str) -> None:
    assert shop.refusals(plates, thickness_mm=6) == ["birch plywood of 6 mm is not loaded; it is 3 mm"]
    assert "HDPE is not loaded" in shop.refusals(plates, material="HDPE")[0]
    assert shop.refusals(plates) == []


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"lean": 20}, "cannot be cut from a sheet: not flat: a flat part is a plate of one thickness"),
        ({"other_thickness": 5}, "cannot be cut from one sheet: first is 3 mm thick and second 5 mm"),
    ],
)
def test_what_is_no_part_of_a_sheet_is_not_made(
    shop: Shop, plates: str, parameters: dict[str, object], says: str
) -> None:
    order = shop.place(plates, **parameters)
    shop.until(lambda: shop.order(order)["state"] == "failed", "the order to fail")
    assert says in shop.order(order)["reason"]
    assert shop.job(order)["attempts"] == []


def test_a_hold_and_an_alarm_reach_the_order(shop: Shop, plates: str) -> None:
    order = shop.place(plates, width=350)
    shop.until_attempt_is(order, "awaiting_operator")
    shop.agent.clear_bed(LASER)
    shop.until(lambda: shop.controller.do(lambda: shop.controller.board.state) == "Run", "the laser to run")
    shop.controller.do(lambda: shop.controller.board.override_feed(10))
    shop.until_attempt_is(order, "printing")
    job = shop.job(order)["id"]
    shop.ask("fay", "POST", f"/orders/{order}/jobs/{job}/pause")
    shop.until_attempt_is(order, "paused")
    assert shop.controller.do(lambda: shop.controller.board.state) == "Hold:0"
    shop.ask("fay", "POST", f"/orders/{order}/jobs/{job}/resume")
    shop.until_attempt_is(order, "printing")

    shop.controller.do(lambda: shop.controller.board.raise_alarm(1))
    failed = shop.until_attempt_is(order, "failed")
    assert "limit switch" in failed["reason"]
    assert shop.controller.do(lambda: shop.controller.board.witness.unlocks) == 0
    assert shop.job(order)["state"] == "needs_redo"
