"""Two versions side by side: the words, the coloured difference by its pixels, and the way there."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.registry.cli.terminal import Terminal
from tests.web.browsing import Open
from tests.web.site import HOSTILE, Site
from tests.web.test_pages import check_everywhere

SLOW_MS = 60_000
"""Both are built if need be, compared, and drawn by the software renderer."""
BIN, BOX, FORK = "ada/gridfinity-bin@1.0.0", "ada/hostile@1.0.0", "bea/drawer-bin@1.0.0"
DIFFERENT = f"/compare?a={BIN}&b={BOX}"


@pytest.fixture(scope="session")
def compared(site: Site) -> None:
    """All comparisons of these tests are made."""
    with site.client("ada") as ada:
        for a, b in ((BIN, BOX), (BIN, FORK)):
            for _ in range(6):
                if ada.get("/compare", params={"a": a, "b": b, "wait": 30}).raise_for_status().status_code == 200:
                    break


def coloured(page: Page, which: int, other: int) -> float:
    """Which part of the stage has much more of one channel (0 red, 1 green) than of the other."""
    data = page.locator("[data-stage]").screenshot(timeout=SLOW_MS)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)
    return float((pixels[..., which] - pixels[..., other] > 40).mean())


@pytest.mark.usefixtures("compared")
@pytest.mark.parametrize("address", [DIFFERENT, f"/compare?a={BIN}&b={FORK}", "/compare"])
def test_the_page_is_in_order_for_everybody(open_page: Open, address: str) -> None:
    check_everywhere(open_page(), address)


@pytest.mark.usefixtures("compared")
def test_what_was_added_and_removed_is_drawn_in_its_colour_and_can_be_hidden(open_page: Open) -> None:
    page = open_page()
    page.goto(DIFFERENT)
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)
    assert coloured(page, 0, 2) > 0.05  # the box is much smaller than the bin: most of that was removed
    page.get_by_role("checkbox", name="Removed").uncheck()
    assert coloured(page, 0, 2) < 0.01
    assert coloured(page, 1, 0) > 0.001
    page.get_by_role("checkbox", name="Added").uncheck()
    assert coloured(page, 1, 0) < 0.001
    page.get_by_role("checkbox", name="Removed").check()
    assert coloured(page, 0, 2) > 0.05


@pytest.mark.usefixtures("compared")
def test_without_script_everything_but_the_picture_is_there(open_page: Open) -> None:
    page = open_page(script=False)
    page.goto(DIFFERENT)
    expect(page.get_by_text("The shape is different")).to_be_visible()
    expect(page.get_by_role("link", name="Difference as GLB")).to_be_visible()
    rows = page.get_by_role("region", name="Measurements").get_by_role("row")
    assert "1 000 mm³" in rows.nth(1).inner_text().replace("\u202f", " ")
    assert "box.py" in page.get_by_role("region", name="Files").inner_text()
    expect(page.locator(".diff").first).to_contain_text("show_object(cq.Workplane().box(size, size, size))")
    assert page.get_by_role("checkbox").count() == 0


@pytest.mark.usefixtures("compared")
def test_both_are_compared_at_chosen_parameters_and_lines_stand_side_by_side(
    open_page: Open, errors: list[str]
) -> None:
    page = open_page(script=False)
    page.goto(f"{DIFFERENT}&lines=split")
    expect(page.locator(".half.added").first).to_be_visible()
    page.get_by_text("Other parameters").click()
    page.locator('[name="p.size"]').fill("20")
    page.locator(".compare-parameters").get_by_role("button", name="Compare").click()
    expect(page.get_by_text("The shape is different")).to_be_visible(timeout=SLOW_MS)
    assert "p.size=20" in page.url
    rows = page.get_by_role("region", name="Measurements").get_by_role("row")
    assert "8 000 mm³" in rows.nth(1).inner_text().replace("\u202f", " ")
    page.locator('[name="p.size"]').fill("95")
    page.locator(".compare-parameters").get_by_role("button", name="Compare").click()
    expect(page.get_by_text("These values do not go together")).to_be_visible()
    errors.clear()  # the browser notes the 422


@pytest.mark.usefixtures("compared")
def test_words_from_elsewhere_stay_words(open_page: Open) -> None:
    page = open_page()
    page.goto(DIFFERENT)
    expect(page.get_by_role("region", name="Manifest")).to_contain_text(HOSTILE)
    assert page.locator("main img, main script").count() == 0


@pytest.mark.usefixtures("compared")
def test_versions_lead_to_their_comparison_and_forks_to_that_with_their_origin(open_page: Open) -> None:
    page = open_page()
    page.goto("/designs/ada/gridfinity-bin/versions")
    page.get_by_role("link", name="Compare with 1.0.0").click()
    expect(page.locator(".lede")).to_have_text("From ada/gridfinity-bin@1.0.0 to ada/gridfinity-bin@1.1.0")
    expect(page.get_by_role("region", name="Files")).to_contain_text("CHANGES.txt")
    page.goto("/designs/bea/drawer-bin")
    page.get_by_role("link", name="Compare with the origin").click()
    expect(page.get_by_text("The shapes are identical")).to_be_visible()
    expect(page.locator(".diff")).to_contain_text('name = "drawer-bin"')
    page.get_by_role("link", name="The other way round").click()
    expect(page.locator(".lede")).to_have_text(f"From {FORK} to {BIN}")


@pytest.mark.usefixtures("compared")
def test_what_was_never_built_is_built_when_somebody_says_so(open_page: Open, site: Site, errors: list[str]) -> None:
    page = open_page(script=False)
    page.goto("/compare")
    page.get_by_label("First").fill(BIN)
    page.get_by_label("Second").fill("nonsense")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#problem")).to_contain_text("'nonsense' does not name a version")
    page.get_by_label("Second").fill("bea/drawer-bin@latest")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("The shapes are identical")).to_be_visible(timeout=SLOW_MS)
    with site.client("ada") as ada:
        wish = {"version": BOX, "parameters": {"size": 77.5}}
        build = ada.post("/builds", json=wish).raise_for_status().json()["id"]
    page.goto(f"/compare?a={BOX}&b={build}")
    expect(page.get_by_text("The shape is different")).to_be_visible(timeout=SLOW_MS)
    assert page.goto("/compare?a=ada/nothing@1.0.0&b=ada/nothing@1.0.1").status == 404  # type: ignore[union-attr]
    errors.clear()  # the browser notes the 404 and, before that, the 422


@pytest.mark.usefixtures("compared")
def test_the_command_line_asks_the_registry_and_compares_what_lies_here_with_it(site: Site, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home", {"COFAB_REGISTRY": site.url})
    glb = tmp_path / "difference.glb"
    told = terminal.well("compare", BIN, BOX, "--b", "size=20", "--glb", glb).out
    assert f"{BIN} → {BOX}" in told
    assert "Shape: different" in told
    assert glb.read_bytes()[:4] == b"glTF"
    terminal.well("download", BOX, "--out", tmp_path / "box")
    (tmp_path / "box" / "box.py").write_text((tmp_path / "box" / "box.py").read_text() + "# mine\n")
    mixed = terminal.well("compare", BOX, tmp_path / "box", "--source", "--json").json
    assert mixed["shape"]["verdict"] == "identical"
    assert [file["state"] for file in mixed["files"]] == ["changed"]
    assert [line["text"] for line in mixed["texts"][0]["hunks"][0] if line["mark"] == "+"] == ["# mine"]
