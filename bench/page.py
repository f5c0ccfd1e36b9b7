"""From a slider to the picture: `python -m bench.page`. A real registry, and Chromium that looks at its pages.

A slider of a library design is moved in a design's page to values that nobody has built. What counts is the time from
the slider's input event until a frame with the new geometry has been handed to the screen, less the kernel's own time
for that model, as the build itself wrote it down: the script, its mesh and the GLB. What remains is the way there and
back, the queue, the jail, the database, parsing and drawing.
"""

import argparse
import asyncio
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench.figures import Row, quantile, spread, write_rows
from bench.outcome import line
from bench.subjects import Subject, Values, library
from registry.actions.builds import BuildState, read_build
from registry.ids import BuildId
from registry.store.database import Database
from testbed.process import wait_until
from testbed.registry import RegistryServer

OUT = Path(__file__).parent / "out" / "page.json"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-quic", "--no-first-run", "--disable-background-networking"]
DESIGNS = (
    "wall-hook", "spacer-set", "pipe-clamp", "camera-mount", "hinge", "gridfinity-bin", "electronics-enclosure",
    "spur-gear-pair",
)  # fmt: skip
SAMPLES = 25
WARM = 3
"""The first ones are not counted: the browser compiles, the jail takes its place."""
PAUSE_MS = 250
"""Between two moves; figures and findings come meanwhile."""
SLOW_MS = 60_000
MOST_KIB = 150
PAGES = {
    "home": "/",
    "explore": "/designs",
    "design": "/designs/bench/gridfinity-bin",
    "lineage": "/designs/bench/gridfinity-bin/lineage",
    "order": "/designs/bench/gridfinity-bin/versions/1.0.0/order",
    "machines": "/machines",
    "activity": "/activity",
}
PICTURE_STEPS = {"properties", "mesh", "glb"}
"""Of what the build writes down beside the script, what the picture waits for."""
SAVES_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"
MOVE = """
([name, value]) => new Promise((resolve, reject) => {
  const viewer = document.querySelector('[data-island=viewer]');
  const canvas = viewer.querySelector('canvas');
  const number = document.getElementById('p.' + name);
  const slider = number.closest('.parameter-row').querySelector('input[type=range]');
  const late = setTimeout(() => reject(new Error('no picture came of ' + name + ' = ' + value)), 30000);
  slider.step = 'any';
  slider.value = value;
  let began = 0;
  viewer.addEventListener('cofab:drawn', () => {
    const gl = canvas.getContext('webgl2');
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    requestAnimationFrame(() => { clearTimeout(late); resolve(performance.now() - began); });
  }, {once: true});
  began = performance.now();
  slider.dispatchEvent(new Event('input', {bubbles: true}));
})
"""
WEIGHT = "performance.getEntries().filter(e => e.transferSize).reduce((sum, e) => sum + e.transferSize, 0)"


@dataclass(frozen=True)
class Sample:
    """One move of a slider."""

    design: str
    shown_ms: float
    build: BuildId


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--quick", action="store_true", help="three designs and fewer moves")
    arguments.add_argument("--only", default="", help="these designs of the library, parted by commas")
    given = arguments.parse_args()
    names = tuple(given.only.split(",")) if given.only else DESIGNS[::3] if given.quick else DESIGNS
    rows = measured(names, SAMPLES // 3 if given.quick else SAMPLES)
    write_rows(rows, OUT)
    print("\n".join(line(row) for row in rows))


def measured(names: Sequence[str], samples: int) -> list[Row]:
    """Everything in one registry, one design after the other."""
    everything = library()
    subjects = [subject for subject in everything if subject.name in names]
    with TemporaryDirectory(prefix="bench-page-") as folder, RegistryServer(Path(folder)) as server:
        token = settle(server.url, everything)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            found = [one for subject in subjects for one in moved(browser.new_page(), server.url, subject, samples)]
            weights = list(weighed(browser, server.url, token))
            browser.close()
        kernel = asyncio.run(kernel_ms(Path(folder) / "data", [one.build for one in found]))
    return [*slider_rows(found, kernel), *weights]


def settle(url: str, subjects: Sequence[Subject]) -> str:
    """A member with the whole library, built once and with its pictures; gives the session's token."""
    person = {"name": "bench", "password": "correct horse battery", "display_name": "Bench"}
    with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
        token: str = client.post("/members", json=person).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for subject in subjects:
            address = f"/designs/bench/{subject.name}/archive?version=1.0.0"
            client.post(address, content=packed(subject.root)).raise_for_status()
            wish = {"version": f"bench/{subject.name}@1.0.0"}
            build = client.post("/builds", json=wish).raise_for_status().json()["id"]
            picture = f"/builds/{build}/artifacts/thumbnail.png"
            wait_until(
                lambda address=picture: client.get(address, params={"wait": 30}).status_code == 200,  # type: ignore[misc]
                seconds=120,
                what=f"the picture of {subject.name}",
            )
    return token


def packed(folder: Path) -> bytes:
    """A design's folder as a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, str(file.relative_to(folder)))
    return target.getvalue()


def moved(page: Page, url: str, subject: Subject, samples: int) -> Iterator[Sample]:
    """Move one slider of the design's page so often, each time to a value that is new."""
    builds: list[str] = []

    def hear(answer: Response) -> None:
        if answer.url.endswith("/model"):
            builds.append(answer.headers.get("x-cofab-build", ""))

    page.set_viewport_size({"width": 1280, "height": 900})
    page.on("response", hear)
    page.goto(f"{url}/designs/bench/{subject.name}")
    page.wait_for_selector(".viewer[data-state=shown]", timeout=SLOW_MS)
    for number, values in zip(range(samples + WARM), slid(subject), strict=False):
        (name, value), *_ = values.items()
        shown_ms = page.evaluate(MOVE, [name, value])
        page.wait_for_timeout(PAUSE_MS)
        if number >= WARM:
            yield Sample(subject.name, shown_ms, BuildId(builds[-1]))
    page.close()


def slid(subject: Subject) -> Iterator[Values]:
    """Values of one parameter that has a slider."""
    sliding = {one.name for one in subject.manifest.parameters if one.min is not None and one.max is not None}
    return (values for values in subject.variations() if len(values) == 1 and values.keys() <= sliding)


async def kernel_ms(data: Path, builds: Sequence[BuildId]) -> dict[BuildId, float]:
    """The kernel's own time for each model, as its build wrote it down."""
    db = Database(f"sqlite:///{data / 'cofab.sqlite'}")
    try:
        found: dict[BuildId, float] = {}
        for build in builds:
            view = await db.read(lambda connection, build=build: read_build(connection, build))  # type: ignore[misc]
            assert view.state is BuildState.DONE, f"{build} is {view.state}: {view.error}"
            seconds = view.seconds if isinstance(view.seconds, dict) else {}
            steps = [seconds.get("script"), *(seconds.get(step) for step in sorted(PICTURE_STEPS))]
            found[build] = 1000 * sum(float(step) for step in steps if isinstance(step, int | float))
        return found
    finally:
        db.close()


def weighed(browser: Browser, url: str, token: str) -> Iterator[Row]:
    """What each page brings over the wire before the 3D view, to somebody who comes for the first time."""
    for name, address in PAGES.items():
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": "cofab_session", "value": token, "url": url}])
        page = context.new_page()
        page.add_init_script(SAVES_DATA)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        kib = page.evaluate(WEIGHT) / 1024
        context.close()
        yield Row(f"page_kib_{name}", kib, "KiB", MOST_KIB, kib / MOST_KIB)


def slider_rows(samples: Sequence[Sample], kernel: dict[BuildId, float]) -> list[Row]:
    """Of all moves together, and of each design."""
    rows = []
    for name in ("", *sorted({one.design for one in samples})):
        mine = [one for one in samples if name in {"", one.design}]
        over = [one.shown_ms - kernel[one.build] for one in mine]
        own = spread([kernel[one.build] for one in mine]).middle
        suffix = f"_{name}" if name else ""
        middle, high = spread(over).middle, quantile(over, 0.95)
        rows.append(Row(f"slider_overhead_ms{suffix}", middle, f"ms, {len(mine)} moves", own, middle / own))
        rows.append(Row(f"slider_overhead_p95_ms{suffix}", high, "ms", own, high / own))
    return rows


if __name__ == "__main__":
    main()
