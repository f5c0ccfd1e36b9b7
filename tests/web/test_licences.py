"""What one may do with a design, on its page; the verdict before a fork and a new version; the source to fetch."""

import re

from playwright.sync_api import expect

from tests.web.browsing import Open
from tests.web.site import Site


def test_the_design_page_says_what_one_may_do(open_page: Open, site: Site) -> None:
    page = open_page(width=360)
    page.goto("/designs/ada/gridfinity-bin")
    panel = page.get_by_role("region", name="Licence").first
    expect(panel.get_by_text("Make it for money")).to_be_visible()
    expect(panel.get_by_text("A reading of the licence, no legal advice.")).to_be_visible()
    source = panel.get_by_role("link", name="Complete source")
    address = re.compile(r"^/api/v1/designs/ada/gridfinity-bin/versions/[\d.]+/source\.zip$")
    expect(source).to_have_attribute("href", address)


def test_the_fork_page_shows_the_verdict_before_anything_is_sent(open_page: Open, site: Site) -> None:
    page = open_page(member="bea")
    page.goto("/designs/ada/gridfinity-bin/versions/1.1.0/fork")
    expect(page.get_by_text("The fork begins under the same licence.")).to_be_visible()
    expect(page.get_by_role("button", name="Fork")).to_be_visible()


def test_the_publish_page_names_what_has_a_say_in_a_forks_licence(open_page: Open, site: Site) -> None:
    page = open_page(member="bea")
    page.goto("/publish?namespace=bea&name=drawer-bin")
    panel = page.get_by_role("region", name="Licences that have a say")
    expect(panel.get_by_role("link", name="ada/gridfinity-bin@1.0.0")).to_be_visible()
    expect(panel.get_by_text("Possible:")).to_be_visible()
