"""The board of needs, webhooks and timelines in a real browser, and without scripts."""

from testbed.process import wait_until
from tests.web.browsing import Errors, Open
from tests.web.site import Site


def test_a_need_from_the_form_to_its_answer_without_scripts(open_page: Open, site: Site, errors: Errors):
    page = open_page(member="ada", script=False)
    page.goto("/needs")
    page.get_by_role("link", name="Open a need").first.click()
    page.get_by_label("What is missing").fill("A drawer for M3 screws")
    page.get_by_label("Tags").fill("drawer screws")
    page.get_by_label("Design").fill("ada/gridfinity-bin")
    page.get_by_role("button", name="Open the need").click()
    assert page.locator("h1").inner_text() == "A drawer for M3 screws"
    address = page.url
    other = open_page(member="bea", script=False, width=360)
    other.goto(address)
    other.get_by_label("What you need it for").fill("our repair café")
    other.locator("#support").get_by_role("button").click()
    assert "2 voices" in other.locator("#voices-head").inner_text()
    other.get_by_text("Answer it with a version").click()
    other.get_by_label("Version").fill("bea/none@1.0.0")
    other.get_by_role("button", name="Close the need").click()
    assert "bea/none" in other.locator("#problem").inner_text()
    errors.clear()  # the browser tells of the 404
    other.get_by_label("Version").fill("bea/drawer-bin@1.0.0")
    other.get_by_role("button", name="Close the need").click()
    assert "Answered" in other.locator("main").inner_text()
    page.goto("/needs?state=closed&tag=drawer")
    assert page.get_by_role("link", name="A drawer for M3 screws").count() == 1
    page.goto(address)
    page.get_by_label("Why it is still missing").fill("too shallow")
    page.get_by_role("button", name="Open it again").click()
    assert page.locator(".state").first.inner_text() == "Open"


def test_no_page_is_wider_than_a_phone(open_page: Open, site: Site):
    with site.client("ada") as ada:
        need = ada.post("/needs", json={"title": "x" * 120, "words": "y" * 400, "note": "z" * 200}).json()["id"]
        body = {"url": "https://hooks.invalid/" + "a" * 200, "label": "l" * 80}
        hook = ada.post("/hooks", json=body).raise_for_status().json()["id"]
    page = open_page(member="ada", width=360, dark=True)
    for path in (
        "/needs", f"/needs/{need}", "/needs/new", "/settings/hooks", f"/settings/hooks/{hook}",
        "/designs/ada/gridfinity-bin/timeline", "/members/ada/timeline", "/facilities/riverside/timeline", "/activity",
    ):  # fmt: skip
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    with site.client("ada") as ada:
        ada.delete(f"/hooks/{hook}").raise_for_status()


def test_a_webhook_shows_its_secret_once(open_page: Open, site: Site):
    page = open_page(member="bea", script=False)
    page.goto("/settings/hooks")
    page.get_by_label("Address").fill("https://hooks.invalid/x")
    page.get_by_label("Only these kinds").fill("need design.published")
    page.get_by_role("button", name="Make a webhook").click()
    assert page.locator(".secret").inner_text().startswith("whsec_")
    page.goto("/settings/hooks")
    page.get_by_role("link", name="https://hooks.invalid/x").click()
    assert page.locator(".secret").count() == 0
    page.get_by_role("button", name="Pause it").click()
    assert "bea paused it" in page.locator("main").inner_text().lower()
    page.get_by_role("button", name="Remove it").click()
    assert page.get_by_role("link", name="https://hooks.invalid/x").count() == 0


def test_a_timeline_is_narrowed_to_a_kind(open_page: Open, site: Site):
    page = open_page(script=False)

    def told() -> bool:
        page.goto("/designs/ada/gridfinity-bin/timeline")
        return page.locator(".feed li").count() >= 3

    wait_until(told, seconds=20, what="the log's follower")
    words = page.locator(".feed").inner_text()
    assert "ada published ada/gridfinity-bin@1.1.0" in words
    assert "bea forked bea/drawer-bin@1.0.0 from ada/gridfinity-bin@1.0.0" in words
    page.get_by_role("link", name="Making", exact=True).click()
    assert "Nothing of this kind" in page.locator("main").inner_text()
