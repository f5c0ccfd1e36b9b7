"""Proposals in the browser: offered, talked about, merged by hand, judged; with and without script, by keyboard."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.browsing import Open
from tests.web.site import Site, publish
from tests.web.test_pages import check_everywhere

SLOW_MS = 45_000
ROOT = "/designs/ada/peg"
ADDRESS = f"{ROOT}/proposals/1"
MANIFEST = """
[design]
name = "peg"
title = "Peg"
description = "A square peg"
licence = "MIT"
authors = ["Ada"]
engine = "cadquery"
source = "peg.py"

[parameters.size]
type = "number"
unit = "mm"
default = 10
min = 5
max = 20
"""
SCRIPT = """import cadquery as cq
size = 10.0
peg = cq.Workplane().box(size, size, 30)
show_object(peg)
"""
TALLER = SCRIPT.replace("box(size, size, 30)", "box(size, size, 40)")


def files(script: str, maximum: str = "20") -> dict[str, str]:
    return {"design.toml": MANIFEST.replace("max = 20", f"max = {maximum}"), "peg.py": script}


@pytest.fixture(scope="session")
def proposed(site: Site) -> Site:
    """bea offers a taller peg to ada, from the page of her fork."""
    with site.client("ada") as ada, site.client("bea") as bea:
        publish(ada, "ada/peg@1.0.0", files(SCRIPT))
        for name in ("peg", "peg-two"):
            wish = {"namespace": "bea", "name": name}
            bea.post("/designs/ada/peg/versions/1.0.0/fork", json=wish).raise_for_status()
        publish(bea, "bea/peg@1.1.0", {**files(TALLER), "NOTES.md": "Taller.\n"})
        post(site, "bea", "/designs/bea/peg/versions/1.1.0/offer", target="ada/peg", title="Taller", words="By *10*")
    return site


def post(site: Site, member: str, path: str, **fields: str) -> None:
    """Send a page's form as a browser without script does."""
    with httpx.Client(base_url=site.url, cookies={"cofab_session": site.tokens[member]}, timeout=60) as http:
        answer = http.post(path, data=fields, headers={"Origin": site.url})
        assert answer.status_code == 303, answer.text


def stage(page: Page) -> np.ndarray:
    data = page.locator("[data-stage]").screenshot(timeout=SLOW_MS)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


def green(page: Page) -> float:
    """Which part of the stage has the colour of what was added."""
    pixels = stage(page)
    return float((pixels[..., 1] - pixels[..., 0] > 40).mean())


def open_model(page: Page) -> None:
    """The model's tab, built and drawn."""
    page.goto(f"{ADDRESS}/model")
    button = page.get_by_role("button", name="Build and compare")
    if button.count():
        button.click()
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)


@pytest.mark.usefixtures("proposed")
def test_the_pages_are_in_order_for_everybody(open_page: Open) -> None:
    for address in (f"{ADDRESS}/changes?lines=split", f"{ADDRESS}/model"):
        check_everywhere(open_page(member="ada"), address)
    page = open_page(member="bea")
    page.goto("/proposals?which=mine")
    expect(page.get_by_role("link", name="Taller")).to_be_visible()


@pytest.mark.usefixtures("proposed")
def test_a_line_is_talked_about_without_script(open_page: Open) -> None:
    ada = open_page(member="ada", script=False)
    ada.goto("/proposals")
    ada.get_by_role("link", name="Taller").click()
    ada.get_by_role("link", name="Changes").click()
    expect(ada.locator(".diff del")).to_have_text("30")
    expect(ada.locator(".diff ins")).to_have_text("40")
    ada.get_by_role("link", name="Comment on line 3 of peg.py").last.click()
    ada.get_by_role("textbox", name="Line 3").fill("Why **40**?")
    ada.get_by_role("button", name="Comment", exact=True).click()
    thread = ada.get_by_role("article", name="Thread begun by ada")
    expect(thread.locator("strong", has_text="40")).to_be_visible()
    bea = open_page(member="bea", script=False)
    bea.goto(ADDRESS)
    bea.get_by_text("Reply").first.click()
    bea.get_by_label("Your reply").fill("It reaches the back.")
    bea.get_by_role("button", name="Settle").click()
    expect(bea.get_by_text("Settled by bea")).to_be_visible()
    bea.get_by_role("link", name="Changes").click()
    bea.get_by_text("Settled by bea").click()
    expect(bea.get_by_role("article").locator("p", has_text="It reaches the back.")).to_be_visible()


@pytest.mark.usefixtures("proposed")
def test_a_place_of_the_model_is_pointed_at_by_keyboard_and_by_pointer(open_page: Open) -> None:
    page = open_page(member="ada")
    open_model(page)
    assert green(page) > 0.005
    page.locator("[data-stage] canvas").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Words")).to_be_focused()
    height = page.get_by_label("z in mm").input_value()
    assert -20 <= float(height) <= 20
    page.locator("[data-stage] canvas").click()
    assert float(page.get_by_label("z in mm").input_value()) == pytest.approx(float(height), abs=2)
    page.get_by_label("Place", exact=True).select_option(index=1)
    assert float(page.get_by_label("z in mm").input_value()) in {-17.5, 17.5}
    page.get_by_label("Words").fill("Round this off.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("article").filter(has_text="Round this off.")).to_be_in_viewport()
    page.locator(".viewer").scroll_into_view_if_needed()
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)
    pin = page.get_by_role("link", name="Comment of ada, at 0, 0")
    expect(pin).to_be_visible()
    pin.click()
    expect(page.get_by_role("article").filter(has_text="Round this off.")).to_be_in_viewport()


@pytest.mark.usefixtures("proposed")
def test_both_models_stand_beside_each_other_and_over_each_other(open_page: Open) -> None:
    page = open_page()
    open_model(page)
    pictures = {"difference": stage(page)}
    for name, mode in (("Side by side", "sides"), ("Wipe", "wipe"), ("Overlay", "fade")):
        page.get_by_role("radio", name=name).check()
        expect(page.locator(".viewer")).to_have_attribute("data-shows", mode, timeout=SLOW_MS)
        pictures[mode] = stage(page)
    ground = pictures["sides"][3, 3]
    middle = pictures["sides"].shape[1] // 2
    halves = pictures["sides"][:, :middle], pictures["sides"][:, middle:]
    shares = [float((np.abs(half - ground).max(axis=2) > 60).mean()) for half in halves]
    assert 0.01 < shares[0] < shares[1]  # the second one is taller
    page.get_by_role("radio", name="Wipe").check()
    slider = page.get_by_role("slider", name="Where the line between before and after stands")
    slider.focus()
    page.keyboard.press("Home")
    after = stage(page)
    page.keyboard.press("End")
    before = stage(page)
    assert (np.abs(after - before).max(axis=2) > 40).mean() > 0.005


def test_a_conflict_is_resolved_and_what_came_of_it_is_accepted(proposed: Site, open_page: Open) -> None:
    with proposed.client("ada") as ada, proposed.client("bea") as bea:
        publish(ada, "ada/peg@1.1.0", files(SCRIPT.replace("30)", "35)"), "24"))
        publish(bea, "bea/peg-two@1.1.0", {**files(TALLER, "22"), "design.toml": named_two(files(TALLER, "22"))})
    post(proposed, "bea", "/designs/bea/peg-two/versions/1.1.0/offer", target="ada/peg", title="Clash", words="")
    page = open_page(member="ada")
    page.goto(f"{ROOT}/proposals/2/conflicts")
    first = page.get_by_role("region", name="peg.py")
    first.get_by_role("radio", name="Take what is offered").check()
    expect(first.get_by_label("What it shall be")).to_have_value("peg = cq.Workplane().box(size, size, 40)\n")
    first.get_by_label("What it shall be").fill("peg = cq.Workplane().box(size, size, 38)\n")
    expect(first.get_by_role("radio", name="As written below")).to_be_checked()
    first.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("region", name="peg.py")).to_contain_text("ada chose as written by hand")
    check_everywhere(page, f"{ROOT}/proposals/2/conflicts")
    second = page.get_by_role("region", name="design.toml")
    second.get_by_role("radio", name="Keep the design's").check()
    second.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("All conflicts are resolved")).to_be_visible()
    page.get_by_role("link", name="Conversation").click()
    accept = page.get_by_role("button", name="Accept and publish")
    expect(accept).to_be_visible(timeout=SLOW_MS)  # the page follows the checks by itself
    accept.click()
    expect(page.get_by_text("accepted it as")).to_be_visible()
    with proposed.client("ada") as ada:
        shown = ada.get("/designs/ada/peg").raise_for_status().json()
    assert "box(size, size, 38)" in merged_script(page, shown["latest"])


def test_declining_leaves_the_reason(proposed: Site, open_page: Open) -> None:
    page = open_page(member="ada", script=False)
    page.goto(ADDRESS)
    page.get_by_role("radio", name="Request changes").check()
    page.get_by_label("Your words").fill("Not so tall.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Changes requested")).to_be_visible()
    page.get_by_text("Decline", exact=True).first.click()
    page.get_by_label("Why").fill("It falls over.")
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("It falls over.")).to_be_visible()
    page.goto(f"{ROOT}/proposals?which=all")
    expect(page.get_by_text("Declined")).to_be_visible()


def named_two(made: dict[str, str]) -> str:
    return made["design.toml"].replace('name = "peg"', 'name = "peg-two"')


def merged_script(page: Page, version: str) -> str:
    page.goto(f"{ROOT}/versions/{version}/files/peg.py")
    return page.locator(".source").inner_text()
