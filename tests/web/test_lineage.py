"""The lineage's page: a picture that is moved by keys and search, a list without it, and news for forks."""

import httpx
import pytest
from playwright.sync_api import expect

from tests.web.browsing import Open
from tests.web.site import Site

FORK = "/designs/bea/lineage-bin"


@pytest.fixture(scope="module")
def fork(site: Site) -> str:
    """A fork of an older version, so that its origin has something newer."""
    wish = {"namespace": "bea", "name": "lineage-bin"}
    with site.client("bea") as bea:
        answer: httpx.Response = bea.post("/designs/ada/gridfinity-bin/versions/1.0.0/fork", json=wish)
    assert answer.status_code in {201, 409}, answer.text
    return FORK


def test_the_picture_is_reached_by_keys_and_search(open_page: Open, fork: str):
    page = open_page()
    page.goto(f"{fork}/lineage")
    expect(page.locator(".family[data-ready]")).to_be_visible()
    told = page.get_by_role("status").filter(has_text="lineage-bin@1.0.0")
    expect(told).to_contain_text("forks ada/gridfinity-bin@1.0.0")
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".family-told")).to_contain_text("ada/gridfinity-bin@1.0.0")
    page.get_by_role("button", name="Whole family").click()
    expect(page.locator(".family-view .far, .family-view text").first).to_be_attached()
    page.get_by_label("Find a version or design").fill("gridfinity-bin@1.1")
    page.keyboard.press("Enter")
    expect(page.locator("output")).to_have_text("1 of 1")
    expect(page.locator(".family-told")).to_contain_text("ada/gridfinity-bin@1.1.0")
    page.get_by_role("application").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/designs/ada/gridfinity-bin/versions/1.1.0")


def test_without_a_script_the_list_says_it_all(open_page: Open, fork: str):
    page = open_page(script=False, width=360)
    page.goto(f"{fork}/lineage")
    expect(page.locator(".family")).to_be_hidden()
    own = page.locator(".lineage-list li[aria-current]")
    expect(own).to_contain_text("forks ada/gridfinity-bin@1.0.0")
    expect(page.get_by_role("heading", name="How far it is from its origin")).to_be_visible()
    expect(page.locator(".drift")).to_contain_text("1 version ahead")


def test_a_fork_hears_of_newer_versions_of_its_origin(open_page: Open, fork: str):
    page = open_page(script=False)
    page.goto(fork)
    note = page.get_by_role("note").filter(has_text="The origin ada/gridfinity-bin has")
    expect(note).to_contain_text("newer version")
    expect(note.get_by_role("link", name="1.1.0")).to_have_attribute(
        "href", "/designs/ada/gridfinity-bin/versions/1.1.0"
    )
