"""The main job by the page, by keyboard, with and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from fabnode.protocol import AttemptState
from tests.web.browsing import Errors, Open, tab_to
from tests.web.site import PASSWORD, PaperAgent, Site

BUILD_MS = 60_000


def sign_in_by_keyboard(page: Page) -> None:
    page.goto("/designs/ada/gridfinity-bin")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in**")
    tab_to(page, "Name")
    page.keyboard.type("bea")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/designs/ada/gridfinity-bin")


def replace_value(page: Page, value: str) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.type(value)


def test_the_skip_link_leads_past_the_navigation(open_page: Open) -> None:
    page = open_page()
    page.goto("/designs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_from_sign_in_to_order_by_keyboard(open_page: Open, agent: PaperAgent) -> None:
    """With script: changing a parameter builds by itself, and the page follows without being loaded again."""
    agent.beat()
    page = open_page()
    sign_in_by_keyboard(page)
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    tab_to(page, "Length")
    replace_value(page, "1")
    page.wait_for_url("**?p.units_x=1", timeout=BUILD_MS)
    expect(page.get_by_text("41.5 × 41.5 × 24.8 mm")).to_be_visible(timeout=BUILD_MS)
    expect(page.locator("#announcer")).to_contain_text("is built")
    assert loads == []
    tab_to(page, "Order", most=200)
    page.keyboard.press("Enter")
    page.wait_for_url("**/order?p.units_x=1")
    expect(page.get_by_text("2 of 2 machines")).to_be_visible()
    tab_to(page, "Place the order")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/ord_*")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 copy of Gridfinity-compatible bin")
    tab_to(page, "Cancel the order")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()


def test_the_same_without_script(open_page: Open, agent: PaperAgent) -> None:
    """The form posts, the page follows the build by loading itself again, and links do the rest."""
    agent.beat()
    page = open_page(script=False)
    page.goto("/sign-in?next=/designs/ada/gridfinity-bin")
    page.get_by_label("Name", exact=True).fill("bea")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/designs/ada/gridfinity-bin")
    page.get_by_label("Width", exact=True).fill("2")
    page.get_by_role("button", name="Build").click()
    page.wait_for_url("**?p.units_y=2")
    expect(page.get_by_text("83.5 × 83.5 × 24.8 mm")).to_be_visible(timeout=BUILD_MS)
    page.get_by_role("link", name="Order", exact=True).click()
    page.get_by_label("Material").fill("PETG")
    page.get_by_role("button", name="See who can make it").click()
    expect(page.get_by_text("PETG is not loaded; PLA is").first).to_be_visible()
    page.get_by_label("Material").fill("PLA")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/ord_*")
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_values_that_do_not_go_together_are_said_at_their_fields(
    open_page: Open, errors: Errors, *, script: bool
) -> None:
    page = open_page(script=script)
    page.goto("/designs/ada/gridfinity-bin")
    page.get_by_label("Dividers along the length").fill("11")
    page.get_by_role("button", name="Build").click()
    error = page.locator("[id='p.dividers_x-error']")
    expect(error).to_contain_text("Compartments would be narrower than 10 mm along the length")
    expect(page.locator("[id='p.dividers_x']")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[id='p.dividers_x']")).to_have_attribute("aria-describedby", re.compile("dividers_x-error"))
    assert all("422" in error for error in errors)
    errors.clear()


def test_a_preset_and_a_shared_link_lead_to_their_values(open_page: Open) -> None:
    page = open_page()
    page.goto("/designs/ada/gridfinity-bin?preset=deep")
    assert page.locator("[id='p.units_z']").input_value() == "6"
    page.goto("/designs/ada/gridfinity-bin?p.units_z=5&p.stacking_lip=false")
    assert page.locator("[id='p.units_z']").input_value() == "5"
    assert not page.locator("[id='p.stacking_lip']").is_checked()


def test_an_order_is_followed_live_to_the_good_part(open_page: Open, agent: PaperAgent, site: Site) -> None:
    """The page moves with what the agent reports, without being loaded again; a scrapped copy is made again."""
    with site.client("ada") as ada:
        wish = {"version": "ada/gridfinity-bin@1.1.0", "parameters": {}, "material": "PLA", "facility": "riverside"}
        order = ada.post("/orders", json=wish).raise_for_status().json()["id"]
    page = open_page(member="ada")
    page.goto(f"/orders/{order}")
    job = agent.claim()
    assert job.source_url == f"{site.url}/api/v1/designs/ada/gridfinity-bin/versions/1.1.0/source.zip"
    for state in (AttemptState.BUILDING, AttemptState.SLICED, AttemptState.STAGED):
        agent.tell(job, state)
    now = page.locator(".steps [aria-current=step]")
    expect(now).to_have_text("On the machine")
    expect(page.get_by_text("18.4 g")).to_be_visible()
    agent.permit(job)
    for state in (AttemptState.START_INTENT, AttemptState.STARTING, AttemptState.PRINTING):
        agent.tell(job, state)
    agent.beat(job, 0.42)
    expect(page.get_by_text("42 %")).to_be_visible()
    agent.tell(job, AttemptState.FINISHED_UNVERIFIED)
    agent.tell(job, AttemptState.SCRAP, "warped at a corner")
    expect(page.get_by_text("Warped at a corner", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make copy 1 again").click()
    agent.beat()
    again = agent.claim()
    for state in (AttemptState.SLICED, AttemptState.STAGED):
        agent.tell(again, state)
    agent.permit(again)
    for state in (AttemptState.PRINTING, AttemptState.FINISHED_UNVERIFIED, AttemptState.GOOD):
        agent.tell(again, state)
    expect(page.locator(".state", has_text="Done")).to_be_visible()
    page.goto("/designs/ada/gridfinity-bin/makes")
    expect(page.get_by_role("link", name="Riverside lab")).to_be_visible()


def test_copies_of_a_plate_are_shown_together_and_directed_as_one(
    open_page: Open, agent: PaperAgent, site: Site
) -> None:
    with site.client("ada") as ada:
        wish = {"version": "ada/gridfinity-bin@1.1.0", "parameters": {}, "material": "PLA", "facility": "riverside"}
        order = ada.post("/orders", json={**wish, "quantity": 3}).raise_for_status().json()["id"]
    page = open_page(member="bea")
    page.goto(f"/orders/{order}")
    job = agent.claim()
    assert job.copies == 3
    expect(page.get_by_text("Copies 1, 2 and 3 are made together on one plate")).to_be_visible()
    agent.tell(job, AttemptState.STAGED)
    agent.permit(job)
    agent.tell(job, AttemptState.PRINTING)
    page.get_by_role("button", name="Pause the plate").click()
    expect(page.get_by_text("The machine was asked to pause and has not reported it yet.")).to_have_count(3)
    agent.tell(job, AttemptState.PAUSED)
    page.get_by_role("button", name="Let the plate go on").click()
    for state in (AttemptState.PRINTING, AttemptState.FINISHED_UNVERIFIED):
        agent.tell(job, state)
    agent.tell(job, AttemptState.GOOD, "2 of 3 copies accepted by bea", good_copies=2)
    agent.beat()
    expect(page.get_by_role("button", name="Make copy 3 again")).to_be_visible()
    expect(page.get_by_text("Copies 1, 2 and 3 were made together on one plate")).to_be_visible()
    page.get_by_role("button", name="Leave copy 3 out").click()
    expect(page.locator(".state", has_text="Partly made")).to_be_visible()


def test_the_theme_is_kept(open_page: Open) -> None:
    for script in (True, False):
        page = open_page(script=script)
        page.goto("/designs")
        page.get_by_role("button", name="Switch between light and dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.goto("/facilities")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
