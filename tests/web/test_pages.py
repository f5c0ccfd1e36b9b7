"""Every page: it renders without complaint, works for everybody, and fits a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.browsing import Errors, Open
from tests.web.site import PaperAgent

AXE = Path(__file__).parents[2] / "registry" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = 360

VISITOR = [
    "/",
    "/designs",
    "/designs?q=bin",
    "/designs?q=nothing-of-this-name",
    "/designs/ada/gridfinity-bin",
    "/designs/ada/gridfinity-bin/versions",
    "/designs/ada/gridfinity-bin/versions/1.0.0",
    "/designs/ada/gridfinity-bin/versions/1.1.0/files",
    "/designs/ada/gridfinity-bin/versions/1.1.0/files/bin.py",
    "/designs/ada/gridfinity-bin/versions/1.1.0/files/README.md",
    "/designs/ada/gridfinity-bin/lineage",
    "/designs/ada/gridfinity-bin/makes",
    "/designs/bea/drawer-bin",
    "/designs/ada/hostile",
    "/facilities",
    "/facilities/riverside",
    "/machines",
    "/activity",
    "/activity?kind=design",
    "/sign-in",
    "/join",
]
MEMBER = [
    "/publish",
    "/orders",
    "/orders?to_make=1",
    "/settings/tokens",
    "/facilities/new",
    "/facilities/riverside",
    "/designs/ada/gridfinity-bin/versions/1.1.0/order",
    "/designs/ada/gridfinity-bin/versions/1.1.0/fork",
]


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds that is serious, by all of its rules or by these."""
    page.evaluate("typeof axe === 'object'") or page.evaluate(AXE.read_text())
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return [
        f"{one['id']}: {one['help']} at {[(node['target'], node['failureSummary']) for node in one['nodes']][:3]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def check_everywhere(page: Page, address: str) -> None:
    """Wide and light, then on a phone and dark."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert violations(page, "color-contrast", "target-size", "scrollable-region-focusable") == []


@pytest.mark.parametrize("address", VISITOR)
def test_a_visitors_page(open_page: Open, agent: PaperAgent, address: str) -> None:
    check_everywhere(open_page(), address)


@pytest.mark.parametrize("address", MEMBER)
def test_a_members_page(open_page: Open, agent: PaperAgent, address: str) -> None:
    check_everywhere(open_page(member="bea"), address)


def test_a_machines_page(open_page: Open, agent: PaperAgent) -> None:
    page = open_page()
    page.goto("/machines")
    address = page.get_by_role("link", name="Prusa left").get_attribute("href")
    assert address is not None
    check_everywhere(page, address)
    agent.beat()
    page.reload()
    assert page.get_by_text("Nozzle 215 °C").is_visible()


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere", 404, "There is nothing here"),
        ("/designs/ada/absent", 404, "There is nothing here"),
        ("/designs/ada/gridfinity-bin/versions/9.9.9", 404, "There is nothing here"),
        ("/designs?cursor=rubbish", 422, "That is not valid"),
        ("/designs/BAD!/x", 422, "That is not valid"),
    ],
)
def test_errors_are_pages_too(open_page: Open, errors: Errors, address: str, status: int, words: str) -> None:
    page = open_page()
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == status
    assert page.get_by_role("heading", name=words).is_visible()
    assert violations(page) == []
    assert all("Failed to load resource" in error for error in errors)
    errors.clear()


def test_what_is_for_members_leads_to_the_sign_in_and_back(open_page: Open) -> None:
    page = open_page()
    page.goto("/orders?to_make=1")
    assert page.url.endswith("/sign-in?next=%2Forders%3Fto_make%3D1")


def test_pages_are_small(open_page: Open, agent: PaperAgent) -> None:
    """At most 150 KiB on the wire before the 3D view, which is asked for only when it is to be seen."""
    for address in ("/", "/designs", "/designs/ada/gridfinity-bin/versions", "/facilities/riverside", "/orders"):
        page = open_page(member="bea")
        page.goto(address)
        page.wait_for_load_state("networkidle") if address == "/" else page.wait_for_load_state("load")
        total = page.evaluate(
            "performance.getEntries().filter(e => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0)"
        )
        assert 0 < total <= 150 * 1024, f"{address}: {total} bytes"
