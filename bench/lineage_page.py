"""How soon the page of a family of 2,000 versions can be used, in a real browser on a real registry.

From the navigation's start until the picture has been drawn and listens. The browser's cache is empty each time.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from bench.figures import Row, spread
from bench.lineage_world import World, grow_forks, write_world
from testbed.registry import RegistryServer

VERSIONS = 2_000
SAMPLES = 9
BAR_MS = 1_000.0
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_READY = "() => performance.getEntriesByName('lineage-ready').at(-1)?.startTime"


def page_rows() -> Iterator[Row]:
    """`lineage_page_ms` and what is sent for it."""
    world = World(random.Random(VERSIONS))  # noqa: S311  (the same family each time)
    grow_forks(world, VERSIONS)
    with TemporaryDirectory() as name, sync_playwright() as player:
        folder = Path(name)
        write_world(world, folder / "family.sqlite")
        with RegistryServer(
            folder, f"sqlite:///{folder / 'family.sqlite'}", settings={"COFAB_BUILD_WORKERS": "0"}
        ) as server:
            browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            address = f"{server.url}/designs/bench/part-0/lineage"
            samples = [_open(browser, address) for _ in range(SAMPLES + 1)][1:]
            browser.close()
    found = spread([ready for ready, _ in samples])
    yield Row("lineage_page_ms", found.middle, "ms", BAR_MS, found.middle / BAR_MS)
    yield Row("lineage_page_slowest_ms", max(ready for ready, _ in samples), "ms", BAR_MS)
    yield Row("lineage_page_kib", samples[-1][1] / 1024, "KiB")


def _open(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds until the picture is there, and bytes that were sent until then."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    ready = page.wait_for_function(_READY).json_value()
    sizes = "() => performance.getEntries().reduce((sum, each) => sum + (each.transferSize ?? 0), 0)"
    sent: float = page.evaluate(sizes)
    context.close()
    return float(ready), sent
