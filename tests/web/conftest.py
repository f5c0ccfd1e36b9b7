"""One registry and one browser for the whole folder; a fresh browser context for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from testbed.registry import RegistryServer
from tests.web.browsing import Errors, Open
from tests.web.site import PaperAgent, Site, settle

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SLOW_MS = 45_000
"""The first WebGL picture by the software renderer takes long."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with RegistryServer(tmp_path_factory.mktemp("registry")) as server:
        yield settle(server.url)


@pytest.fixture(scope="session")
def agent(site: Site) -> Iterator[PaperAgent]:
    with site.client("bea") as bea:
        code = bea.post("/facilities/riverside/enrolments").raise_for_status().json()["code"]
    paper = PaperAgent(site, code)
    yield paper
    paper.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright keeps an event loop running from here on: `make test` gives this folder processes of its own."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def errors() -> Errors:
    """Console errors of the test's pages; the fixture `open_page` fails on them at the end."""
    return Errors()


@pytest.fixture
def open_page(browser: Browser, site: Site, errors: Errors) -> Iterator[Open]:
    """Make a page: `open_page(member="ada", width=360, script=False, dark=True)`."""
    contexts: list[BrowserContext] = []

    def open_one(*, member: str | None = None, width: int = 1280, script: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if member:
            context.add_cookies([{"name": "cofab_session", "value": site.tokens[member], "url": site.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        errors.hear(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []
