"""A design's page: findings in the model, how to make it, files, and the last good view while the next is built."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.web.browsing import Errors, Open
from tests.web.faults import BRACKET, open_box
from tests.web.site import Site, publish
from tests.web.test_pages import check_everywhere

SLOW_MS = 45_000
"""The first WebGL picture by the software renderer takes long; so does a build beside it."""
Pixels = np.typing.NDArray[np.int_]
ADDRESS = "/designs/ada/bracket"
VERMILION, ORANGE = (0xD5, 0x5E, 0x00), (0xE6, 0x9F, 0x00)
SAVES_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"


@pytest.fixture(scope="session", autouse=True)
def faults(site: Site) -> None:
    """The designs with faults, built and analysed."""
    with site.client("ada") as ada:
        publish(ada, "ada/bracket@1.0.0", {**BRACKET})
        publish(ada, "ada/open-box@1.0.0", open_box())
        for name in ("bracket", "open-box"):
            build = site.wait_for_build(ada, f"ada/{name}@1.0.0")
            for artifact in ("analysis.json", "drawing.svg", "model.dxf"):
                answer = ada.get(f"/builds/{build}/artifacts/{artifact}", params={"wait": 30})
                assert answer.status_code in {200, 409}


def opened(page: Page, address: str = ADDRESS) -> None:
    page.goto(address)
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)


def stage(page: Page) -> Pixels:
    """The 3D view's pixels, (height, width, 3)."""
    data = page.locator("[data-stage]").screenshot(timeout=SLOW_MS)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)


def share_of(pixels: Pixels, colour: tuple[int, int, int]) -> float:
    """Which part of the view is about of this colour."""
    return float((np.abs(pixels - np.array(colour)).max(axis=2) < 40).mean())


def changed(one: Pixels, other: Pixels) -> float:
    """Which part of the view differs, seen coarsely: lines shift by a pixel when the page is scrolled."""
    seen = [
        np.asarray(Image.fromarray(each.astype(np.uint8)).resize((96, 64), Image.Resampling.BOX))
        for each in (one, other)
    ]
    return float((np.abs(seen[0].astype(int) - seen[1]).max(axis=2) > 40).mean())


def test_a_finding_is_shown_in_the_model_by_keyboard(open_page: Open) -> None:
    page = open_page()
    opened(page)
    before = stage(page)
    assert share_of(before, ORANGE) < 0.0002
    show = page.get_by_role("button", name="Show Overhang in the model")
    show.focus()
    page.keyboard.press("Enter")
    expect(show).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-mark-label]")).to_have_text("Overhang")
    expect(page.locator("#announcer")).to_have_text("Shown in the model: Overhang")
    marked = stage(page)
    assert share_of(marked, ORANGE) + share_of(marked, (0xB8, 0x8B, 0x18)) > 0.005
    assert changed(marked, before) > 0.1
    marks = page.get_by_role("button", name="Marks")
    expect(marks).to_have_attribute("aria-pressed", "true")
    marks.click()
    expect(show).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-mark-label]")).to_be_hidden()
    assert share_of(stage(page), ORANGE) < 0.0002


def test_open_edges_are_drawn_in_the_dark_too(open_page: Open) -> None:
    page = open_page(width=390, dark=True)
    opened(page, "/designs/ada/open-box")
    assert share_of(stage(page), VERMILION) < 0.0002
    page.get_by_role("button", name="Show Open edges in the model").click()
    expect(page.locator("[data-mark-label]")).to_be_visible()
    assert share_of(stage(page), VERMILION) > 0.001
    expect(page.locator("#make")).to_contain_text("not watertight")


def test_the_model_is_laid_on_the_bed_as_proposed_and_back(open_page: Open) -> None:
    page = open_page()
    opened(page)
    drawn = stage(page)
    turn = page.get_by_role("button", name=re.compile("^Turn bracket: On a flat side")).first
    turn.click()
    expect(turn).to_have_attribute("aria-pressed", "true")
    turned = stage(page)
    assert changed(turned, drawn) > 0.1
    page.get_by_role("button", name="As drawn", exact=True).click()
    expect(turn).to_have_attribute("aria-pressed", "false")
    assert changed(stage(page), drawn) < 0.01
    page.get_by_role("button", name="Show the thinnest place").click()
    expect(page.locator("[data-mark-label]")).to_have_text("0.3 mm thick")


def test_the_last_good_view_stays_while_the_next_is_built_and_when_it_fails(open_page: Open) -> None:
    page = open_page()
    opened(page)
    size = page.locator("#result").get_by_text("60 × 66 × 30 mm")
    held: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        route.continue_() if released else held.append(route)

    page.route("**/model", hold)
    page.get_by_label("Reach", exact=True).fill("65")
    expect(page.get_by_text("Updating…")).to_be_visible(timeout=SLOW_MS)
    expect(size).to_be_visible()
    expect(page.get_by_text("What follows is still of the values before.")).to_be_visible()
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown")
    released = True
    for route in held:
        route.continue_()
    new = page.get_by_text("60 × 91 × 30 mm")
    expect(new).to_be_visible(timeout=SLOW_MS)
    expect(page.locator(".former")).to_be_hidden()
    page.get_by_label("Reach", exact=True).fill("75")
    expect(page.locator("[id='p.reach-error']")).to_contain_text("reach of 75 mm is too long", timeout=SLOW_MS)
    expect(page.locator("[id='p.reach']")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[id='p.wall-error']")).to_be_empty()
    expect(new).to_be_visible()
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown")


def test_other_values_are_analysed_when_somebody_asks(open_page: Open) -> None:
    """A link to values that nobody has built yet builds them by itself."""
    page = open_page()
    page.goto(f"{ADDRESS}?p.wall=2")
    analyse = page.get_by_role("link", name="Analyse the shape")
    expect(analyse).to_be_visible(timeout=SLOW_MS)
    analyse.click()
    expect(page.locator(".walls")).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("#make")).to_contain_text("Thinnest wall")
    assert "analyse" not in page.url


def test_a_build_that_was_given_up_is_made_when_its_page_is_opened(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(SAVES_DATA)
    page.goto(ADDRESS)
    page.get_by_label("Reach", exact=True).fill("69")
    expect(page.get_by_text("Updating…")).to_be_visible(timeout=SLOW_MS)
    page.get_by_label("Reach", exact=True).fill("41")
    expect(page.get_by_text("60 × 67 × 30 mm")).to_be_visible(timeout=SLOW_MS)
    page.goto(f"{ADDRESS}?p.reach=69")
    expect(page.get_by_text("60 × 95 × 30 mm")).to_be_visible(timeout=SLOW_MS)


def test_values_chosen_before_the_script_came_are_built(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(SAVES_DATA)
    held: list[Route] = []
    chosen = False

    def hold(route: Route) -> None:
        held.append(route)
        if chosen:
            route.continue_()

    page.route("**/*.js", hold)
    page.goto(ADDRESS, wait_until="commit")
    page.get_by_label("Reach", exact=True).fill("43")
    assert held
    chosen = True
    for route in tuple(held):
        route.continue_()
    expect(page.get_by_text("60 × 69 × 30 mm")).to_be_visible(timeout=SLOW_MS)


def test_a_registry_that_builds_nothing_now_says_why_and_the_view_stays(open_page: Open, errors: Errors) -> None:
    page = open_page()
    opened(page)
    busy = "<main><h1>Too much</h1><p class=lede>Too many builds wait already.</p></main>"
    page.route("**/versions/1.0.0/model", lambda route: route.fulfill(status=429, body=busy, content_type="text/html"))
    page.get_by_label("Reach", exact=True).fill("33")
    expect(page.get_by_role("alert")).to_contain_text("Too many builds wait already.")
    expect(page.locator("#result").get_by_text("60 × 66 × 30 mm")).to_be_visible()
    assert all("429" in error for error in errors)
    errors.clear()


def test_without_script_the_list_reads_well_and_the_analysis_is_a_link(open_page: Open) -> None:
    page = open_page(script=False)
    page.goto(ADDRESS)
    findings = page.locator("#result .findings")
    expect(findings).to_contain_text("Thin walls")
    expect(findings).to_contain_text("Bracket has walls of 0.30 mm")
    assert page.locator("[data-in-model]:visible").count() == 0
    page.get_by_label("Fin", exact=True).fill("1.6")
    page.get_by_role("button", name="Build").click()
    link = page.get_by_role("link", name="Analyse the shape")
    expect(link).to_be_visible(timeout=SLOW_MS)
    link.click()
    expect(page.get_by_role("img", name=re.compile("has less than 0.4 mm behind it"))).to_be_visible(timeout=SLOW_MS)


def test_files_stand_by_what_they_are_for(open_page: Open) -> None:
    page = open_page(script=False)
    page.goto(ADDRESS)
    groups = page.locator("#files .file-group")
    expect(groups.filter(has_text="For cutting")).to_contain_text("Not of this part: not flat", timeout=SLOW_MS)
    expect(groups.filter(has_text="For CAD").get_by_role("link")).to_have_count(1)
    expect(groups.filter(has_text="For printing").get_by_role("link")).to_have_count(2)
    preview = page.get_by_role("img", name="Drawing with dimensions")
    preview.scroll_into_view_if_needed()
    expect(preview).to_have_js_property("complete", True)
    assert preview.evaluate("image => image.naturalWidth") > 100


@pytest.mark.parametrize("address", [ADDRESS, "/designs/ada/open-box"])
def test_everybody_can_use_it(open_page: Open, address: str) -> None:
    check_everywhere(open_page(), address)


def test_nothing_gapes_beside_the_model(open_page: Open) -> None:
    page = open_page()
    page.goto(ADDRESS)
    gap = page.evaluate(
        "document.querySelector('.stage-about').getBoundingClientRect().top"
        " - document.querySelector('.stage-form').getBoundingClientRect().bottom"
    )
    assert 0 < gap <= 40


def test_the_page_is_small_before_the_3d_view(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(SAVES_DATA)
    page.goto(ADDRESS)
    expect(page.locator("[data-start]")).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("performance.getEntries().filter(e => e.transferSize).map(e => [e.name, e.transferSize])")
    assert 0 < sum(size for _, size in sizes) <= 150 * 1024, sizes
