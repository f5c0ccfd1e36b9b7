"""Every page: it renders without complaint, works for everybody, fits a phone and is small."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.browsing import Errors, Open
from tests.web.site import LIBRARY, PaperAgent, Site, folder, publish
from tests.web.walk import MORE, Made, fill, templates

AXE = Path(__file__).parents[2] / "registry" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE = 360
MOST_BYTES = 150 * 1024
"""Of a page with all that it brings along, before the 3D view."""
HEAD_BYTES = 300
"""An answer's headers, about."""
SAVES_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
"""The 3D view is loaded when it is asked for."""
WEIGHT = f"""
[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map((each) => [each.name, each.encodedBodySize + {HEAD_BYTES}])
"""
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.2, levels A and AA."""
BY_COLOURS_AND_SIZE = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")
"""What can differ between light and dark, and between wide and narrow."""
VISITOR = ("/", "/designs", "/designs/ada/gridfinity-bin", "/sign-in", "/join", "/facilities/riverside")

Walk = Callable[[str, str | None], Page]


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds against the standard, and what it finds serious beyond that; or by these rules alone."""
    page.evaluate("typeof axe === 'object'") or page.evaluate(AXE.read_text())
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return [
        f"{one['id']}: {one['help']} at {[(node['target'], node['failureSummary']) for node in one['nodes']][:3]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"} or not set(STANDARD).isdisjoint(one["tags"])
    ]


def check_everywhere(page: Page, address: str) -> None:
    """Wide and light, then on a phone and dark."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, page.locator("main").inner_text()
    assert page.locator("h1").count() == 1
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert violations(page, *BY_COLOURS_AND_SIZE) == []


def check_weight(page: Page) -> None:
    """All that the page has asked for, also what the browser had at hand from another page."""
    sizes = [(name, size) for name, size in page.evaluate(WEIGHT) if not name.endswith("/model")]
    assert sum(size for _, size in sizes) <= MOST_BYTES, sizes


@pytest.fixture(scope="session")
def made(site: Site, agent: PaperAgent) -> Made:
    """What stands in addresses and is known only when it has been made."""
    with site.client("bea") as bea:

        def make(address: str, **body: object) -> Any:
            return bea.post(address, json=body).raise_for_status().json()

        files = folder(LIBRARY / "gridfinity-bin")
        files["design.toml"] = bytes(files["design.toml"]).replace(b'"gridfinity-bin"', b'"drawer-bin"')
        publish(bea, "bea/drawer-bin@1.1.0", {**files, "CHANGES.txt": "Wider"})
        offer = {"source": "bea/drawer-bin@1.1.0", "target": "ada/gridfinity-bin", "title": "Wider"}
        wish = {"version": "ada/gridfinity-bin@1.1.0", "parameters": {}, "material": "PETG", "facility": "riverside"}
        found = {
            "orders": make("/orders", **wish)["id"],
            "needs": make("/needs", title="A hinge that prints flat")["id"],
            "hooks": make("/hooks", url="https://receiver.example/hook", label="Receiver")["id"],
            "groups": make("/groups", name="makers", display_name="Makers of the valley")["name"],
            "proposals": make("/proposals", **offer)["card"]["number"],
            "machines": bea.get("/machines").raise_for_status().json()["machines"][0]["id"],
        }
    return {word: str(value) for word, value in found.items()}


@pytest.fixture(scope="session")
def walkers(browser: Browser, site: Site) -> Iterator[dict[str | None, BrowserContext]]:
    """A browser for each who walks: nobody, a member, and the administrator."""
    contexts: dict[str | None, BrowserContext] = {}
    for member in (None, "ada", "bea"):
        context = browser.new_context(base_url=site.url, reduced_motion="reduce")
        context.add_init_script(SAVES_DATA)
        if member:
            context.add_cookies([{"name": "cofab_session", "value": site.tokens[member], "url": site.url}])
        contexts[member] = context
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture
def walk(walkers: dict[str | None, BrowserContext]) -> Iterator[Walk]:
    """Look at a page as somebody; what its console says is an error."""
    errors = Errors()
    pages: list[Page] = []

    def look(address: str, member: str | None) -> Page:
        page = walkers[member].new_page()
        pages.append(page)
        errors.hear(page)
        check_everywhere(page, address)
        check_weight(page)
        return page

    yield look
    for page in pages:
        page.close()
    assert errors == []


@pytest.mark.parametrize("template", templates())
def test_every_page_of_the_routes(
    walk: Walk, walkers: dict[str | None, BrowserContext], made: Made, template: str
) -> None:
    address, member = fill(template, made), "ada" if template.startswith("/admin") else "bea"
    answer = walkers[member].request.get(address)
    assert answer.ok, f"{address}: {answer.status}"
    if answer.headers["content-type"].startswith("text/html"):
        walk(address, member)


@pytest.mark.parametrize("address", MORE)
def test_a_page_in_another_state(walk: Walk, agent: PaperAgent, address: str) -> None:
    walk(address, "bea")


@pytest.mark.parametrize("address", VISITOR)
def test_a_visitors_page(walk: Walk, agent: PaperAgent, address: str) -> None:
    walk(address, None)


def test_a_machine_says_how_warm_it_is(open_page: Open, agent: PaperAgent, made: Made) -> None:
    page = open_page()
    agent.beat()
    page.goto(f"/machines/{made['machines']}")
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


def test_the_focus_is_seen_wherever_it_goes(walkers: dict[str | None, BrowserContext]) -> None:
    """By Tab through a design's page: each stop has an outline, its own or that of the card around it."""
    page = walkers[None].new_page()
    page.goto("/designs/ada/gridfinity-bin")
    unseen = []
    for _ in range(45):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
              const seen = (one) => { const style = getComputedStyle(one);
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
              let one = document.activeElement;
              if (one === document.body) return '';
              for (let up = one; up && up !== document.body; up = up.parentElement) if (seen(up)) return '';
              return one.outerHTML.slice(0, 120);
            }"""
        )
        unseen += [found] if found else []
    page.close()
    assert unseen == []
