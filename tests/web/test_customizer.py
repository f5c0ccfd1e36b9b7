"""The customizer: the model follows the sliders, values can be undone and shared, and nothing is built for nobody."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from registry.core.builds import GRACE
from tests.web.browsing import Errors, Open
from tests.web.site import Site, publish
from tests.web.test_design_page import SLOW_MS

ADDRESS = "/designs/ada/plate"
PLATE = {
    "design.toml": """
[design]
name = "plate"
title = "Plate"
description = "A plate to be dragged."
licence = "MIT"
authors = ["Ada"]
engine = "cadquery"
source = "plate.py"

[parameters.length]
type = "number"
unit = "mm"
default = 40
min = 10
max = 90
label = "Length"

[parameters.width]
type = "number"
unit = "mm"
default = 20
min = 10
max = 90
step = 0.5
label = "Width"

[parameters.slow]
type = "boolean"
default = false
label = "Slow"

[[relations]]
rule = "length >= width"
message = "the length is the longer one"

[presets.square]
title = "Square"
values = { length = 30, width = 30 }
""",
    "plate.py": """
import time
import cadquery as cq
length = 40.0
width = 20.0
slow = False
if slow:
    time.sleep(60)
show_object(cq.Workplane().box(length, width, 3), name="plate")
""",
}
SLIDER = "(name) => document.getElementById(name).closest('.parameter-row').querySelector('input[type=range]')"
DRAWN = """
() => {
  const viewer = document.querySelector('.viewer');
  viewer.addEventListener('cofab:drawn', (event) => { viewer.dataset.drawn = event.detail; });
}
"""


@pytest.fixture(scope="module", autouse=True)
def plate(site: Site) -> None:
    with site.client("ada") as ada:
        publish(ada, "ada/plate@1.0.0", {**PLATE})
        site.wait_for_build(ada, "ada/plate@1.0.0")


def opened(page: Page, address: str = ADDRESS) -> None:
    page.goto(address)
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)
    page.evaluate(DRAWN)


def size_is(page: Page, words: str) -> None:
    expect(page.locator("#result").get_by_text(words)).to_be_visible(timeout=SLOW_MS)


def asked_for_models(page: Page) -> list[str]:
    """What the page asks for from now on."""
    asked: list[str] = []

    def hear(request: Request) -> None:
        if request.url.endswith("/model"):
            asked.append(request.post_data or "")

    page.on("request", hear)
    return asked


def test_the_model_follows_while_a_slider_is_dragged_and_the_address_too(open_page: Open) -> None:
    """With the button still down there are pictures; the last of them is of the value where it was let go."""
    page = open_page()
    opened(page)
    box = page.evaluate_handle(SLIDER, "p.length").as_element().bounding_box()  # type: ignore[union-attr]
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    for share in (0.5, 0.6, 0.7, 0.8):
        page.mouse.move(box["x"] + box["width"] * share, middle)
    expect(page.locator(".viewer")).to_have_attribute("data-drawn", re.compile("p.length"), timeout=SLOW_MS)
    page.mouse.up()
    value = page.locator("[id='p.length']").input_value()
    page.wait_for_url(f"**?p.length={value}", timeout=SLOW_MS)
    size_is(page, f"{float(value):g} × 20 × 3 mm")
    expect(page.locator(".viewer")).to_have_attribute("data-drawn", re.compile(rf'"p.length","{value}"'))


def test_values_are_undone_and_made_again_by_keyboard(open_page: Open) -> None:
    """What was seen before is at hand: nothing is asked for a second time."""
    page = open_page()
    opened(page)
    page.get_by_label("Length", exact=True).fill("50")
    size_is(page, "50 × 20 × 3 mm")
    page.get_by_label("Width", exact=True).fill("25.5")
    size_is(page, "50 × 25.5 × 3 mm")
    asked = asked_for_models(page)
    page.keyboard.press("Control+z")
    expect(page.locator("[id='p.width']")).to_have_value("20")
    expect(page.locator("#announcer")).to_have_text("The change is undone")
    page.wait_for_url("**?p.length=50")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("[id='p.width']")).to_have_value("25.5")
    page.wait_for_url("**?p.length=50&p.width=25.5")
    size_is(page, "50 × 25.5 × 3 mm")
    assert asked == []
    expect(page.get_by_role("button", name="Make the change again")).to_have_attribute("aria-disabled", "true")


def test_a_preset_is_a_button_and_its_link_names_it(open_page: Open) -> None:
    page = open_page()
    opened(page)
    page.get_by_role("button", name="Square").click()
    page.wait_for_url("**?preset=square", timeout=SLOW_MS)
    size_is(page, "30 × 30 × 3 mm")
    expect(page.get_by_role("button", name="Square")).to_have_attribute("aria-pressed", "true")
    shared = open_page()
    opened(shared, page.url)
    expect(shared.locator("[id='p.length']")).to_have_value("30")
    expect(shared.get_by_role("button", name="Square")).to_have_attribute("aria-pressed", "true")
    shared.get_by_role("button", name="Reset").click()
    shared.wait_for_url(lambda url: url.endswith(ADDRESS), timeout=SLOW_MS)
    expect(shared.get_by_role("button", name="Defaults")).to_have_attribute("aria-pressed", "true")


def test_the_link_to_exactly_these_values_is_copied(open_page: Open) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page)
    page.get_by_label("Length", exact=True).fill("61")
    page.wait_for_url("**?p.length=61", timeout=SLOW_MS)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_broken_relation_is_said_at_its_fields_and_the_view_stays(open_page: Open, errors: Errors) -> None:
    page = open_page()
    opened(page)
    page.get_by_label("Width", exact=True).fill("44")
    for name in ("length", "width"):
        expect(page.locator(f"[id='p.{name}-error']")).to_contain_text("the length is the longer one", timeout=SLOW_MS)
        expect(page.locator(f"[id='p.{name}']")).to_have_attribute("aria-invalid", "true")
    size_is(page, "40 × 20 × 3 mm")
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown")
    page.get_by_label("Width", exact=True).fill("33")
    size_is(page, "40 × 33 × 3 mm")
    expect(page.locator("[id='p.width-error']")).to_be_empty()
    assert all("422" in error for error in errors)
    errors.clear()


def test_what_newer_values_replace_is_ended_in_the_registry(open_page: Open) -> None:
    """Models that take a minute each would hold every worker until nobody is known to wait any more, which takes
    longer than this test lets the last one take."""
    page = open_page()
    opened(page)
    page.get_by_label("Slow").check()
    expect(page.get_by_text("Updating…")).to_be_visible()
    for length in ("46", "47", "48", "49"):
        with page.expect_request("**/model"):
            page.get_by_label("Length", exact=True).fill(length)
        expect(page.get_by_text("Updating…")).to_be_visible()
    page.get_by_label("Slow").uncheck()
    expect(page.locator("#result").get_by_text("49 × 20 × 3 mm")).to_be_visible(timeout=GRACE.total_seconds() * 800)
