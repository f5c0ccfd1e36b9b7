"""From the word to the first move: an order placed with Cofab beside FDM Monster's upload-and-print of the same G-code.

Ours: `POST /orders` for a part whose geometry is built and whose slice is kept and was judged, on a machine that is
idle with a clear bed, until OctoPrint has begun the print. In between lie the order's transaction, the hand-out, the
verified slice and upload, the permit, and the start, with a journal that is on the disk before each. Theirs: one
upload of that very G-code with the word to print it. Each has an OctoPrint of its own, alike, and OctoPrint's plugin
says when it began. The two take turns. FDM Monster is installed by `bench/install-peers`.
"""

import io
import secrets
import time
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.figures import Json, Row
from testbed.node import NodeAgent
from testbed.octoprint import OctoPrint
from testbed.ports import LOOPBACK, free_port
from testbed.process import Server, wait_until
from testbed.registry import RegistryServer

ROOT = Path(__file__).parent.parent
PEER = ROOT / ".tools" / "bench-fdm-monster"
NODE = ROOT / ".tools" / "node" / "bin" / "node"
LOOPBACK_ONLY = Path(__file__).parent / "fdm-monster" / "loopback.cjs"
DESIGN = ROOT / "designs" / "library" / "spacer-set"
MACHINE = "mk3s"
BRISK = 1000.0
"""How much faster than life the virtual printers are."""
ORDER: Json = {"version": "ada/spacer-set@1.0.0", "parameters": {"count": 2}, "quantity": 1, "material": "PLA"}
"""Printed in some seconds, in which nothing is measured."""
ROUNDS, WARM_UPS = 7, 2
SECONDS = 120
FOLDERS = {"DATABASE_PATH": "database", "MEDIA_PATH": "media"}


def rows() -> list[dict[str, Json]]:
    """start_vs_fdm_monster: seconds, the same for FDM Monster, and how many times as long ours takes. Without FDM
    Monster the reference is missing."""
    ours, theirs = measure()
    value = median(ours)
    reference = median(theirs) if theirs else None
    ratio = value / reference if reference else None
    return [Row("start_vs_fdm_monster", value, "s", reference, ratio).to_json()]


def measure(rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Seconds from the word to the print, ours and theirs, round by round."""
    ours: list[float] = []
    theirs: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-start-")))
        house = House(folder / "ours", stack)
        house.make_one()
        gcode = house.gcode()
        peer = FdmMonster(folder / "theirs", stack) if (PEER / "stamp").exists() else None
        for number in range(WARM_UPS + rounds):
            seconds = house.make_one()
            peer_seconds = peer.print(gcode, f"round-{number}.gcode") if peer else None
            if number >= WARM_UPS:
                ours.append(seconds)
                theirs += [peer_seconds] if peer_seconds is not None else []
    return ours, theirs


class House:
    """A registry, an agent with its default timings, and an OctoPrint. Ada designs and orders, Fay runs the fablab."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.octoprint = stack.enter_context(OctoPrint(folder / "octoprint", speed=BRISK))
        self.registry = stack.enter_context(RegistryServer(folder / "registry"))
        self.client = stack.enter_context(
            httpx.Client(base_url=f"{self.registry.url}/api/v1", trust_env=False, timeout=SECONDS)
        )
        token = self.ask("POST", "/members", {"name": "ada", "password": "ada of the commons"})["token"]
        self.client.headers["Authorization"] = f"Bearer {token}"
        self.publish()
        self.ask("POST", "/facilities", {"name": "Riverside", "slug": "riverside", "access": "public"})
        self.agent = NodeAgent(folder / "fabnode", self.registry.url, settings={})
        self.agent.enrol(self.ask("POST", "/facilities/riverside/enrolments")["code"])
        self.agent.add_octoprint(self.octoprint.url, self.octoprint.admin_api_key, key=MACHINE)
        stack.enter_context(self.agent)
        self.file = ""

    def make_one(self) -> float:
        """Order one, and see it made and taken off; the seconds until it had begun. The bed is clear again after it."""
        self._until(lambda: self._machine()["state"] == "idle", "the machine to be idle")
        self.agent.clear_bed(MACHINE)
        before, placed = len(starts(self.octoprint)), time.time()
        order = self.ask("POST", "/orders", ORDER)["id"]
        begun, self.file = started(self.octoprint, before)
        seconds = begun - placed
        self._until(lambda: bool(self.agent.status()["to_decide"]), f"the order {order} to be printed")
        (line,) = self.agent.status()["to_decide"]
        self._kept = (self.octoprint.folder / "uploads" / self.file).read_bytes()
        self.agent.accept(line["attempt"])
        self._until(lambda: self.ask("GET", f"/orders/{order}")["state"] == "done", f"the order {order} to be done")
        return seconds

    def gcode(self) -> bytes:
        """What was printed last."""
        return self._kept

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> dict[str, Any]:
        answered: dict[str, Any] = self.client.request(method, path, json=body, **more).raise_for_status().json()
        return answered

    def publish(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(path for path in DESIGN.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(DESIGN))
        headers = {"Content-Type": "application/zip"}
        self.client.post(
            "/designs/ada/spacer-set/archive", params={"version": "1.0.0"}, content=packed.getvalue(), headers=headers
        ).raise_for_status()

    def _machine(self) -> dict[str, Any]:
        (machine,) = self.agent.status()["machines"]
        found: dict[str, Any] = machine
        return found

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, seconds=SECONDS, what=what)


class FdmMonster:
    """FDM Monster and an OctoPrint that it prints on."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        folder.mkdir(parents=True)
        self.octoprint = stack.enter_context(OctoPrint(folder / "octoprint", speed=BRISK))
        port = free_port()
        self._url = f"http://{LOOPBACK}:{port}/api/v2"
        self._client = stack.enter_context(httpx.Client(trust_env=False, timeout=SECONDS))
        stack.enter_context(
            Server(
                [str(NODE), "--require", str(LOOPBACK_ONLY), "node_modules/@fdm-monster/server/dist/index.js"],
                ready=self._answers,
                log=folder / "fdm-monster.log",
                cwd=PEER,
                env={
                    "NODE_ENV": "production",
                    "SERVER_PORT": str(port),
                    "OVERRIDE_LOGIN_REQUIRED": "false",
                    "SENTRY_CUSTOM_DSN": "",
                    **{name: str(folder / place) for name, place in FOLDERS.items()},
                },
            )
        )
        wizard = {
            "loginRequired": False, "registration": False,
            "rootUsername": "bench", "rootPassword": secrets.token_urlsafe(12),
        }  # fmt: skip
        self._client.post(f"{self._url}/first-time-setup/complete", json=wizard).raise_for_status()
        printer = {
            "name": MACHINE, "printerURL": self.octoprint.url, "apiKey": self.octoprint.admin_api_key,
            "printerType": 0, "enabled": True,
        }  # fmt: skip
        self._printer: int = self._client.post(f"{self._url}/printer", json=printer).raise_for_status().json()["id"]

    def print(self, gcode: bytes, name: str) -> float:
        """Upload and print; the seconds until it had begun. Returns when the printer is idle again."""
        before, asked = len(starts(self.octoprint)), time.time()
        self._client.post(
            f"{self._url}/printer-files/{self._printer}/upload",
            files={"file": (name, gcode)},
            data={"startPrint": "true"},
        ).raise_for_status()
        begun, _ = started(self.octoprint, before)
        self.octoprint.wait_for_state("Operational", seconds=SECONDS)
        return begun - asked

    def _answers(self) -> bool:
        try:
            return self._client.get(f"{self._url}/auth/login-required").is_success
        except httpx.TransportError:
            return False


def starts(octoprint: OctoPrint) -> list[tuple[float, str]]:
    """When each print was begun, and its file."""
    return [(event.at, event.path or "") for event in octoprint.events() if event.event == "PrintStarted"]


def started(octoprint: OctoPrint, before: int) -> tuple[float, str]:
    """The print after so many."""
    wait_until(lambda: len(starts(octoprint)) > before, seconds=SECONDS, what="OctoPrint to print")
    return starts(octoprint)[before]


def main() -> None:
    """Measure and show every round."""
    ours, theirs = measure()
    print("ours  ", " ".join(f"{seconds:.3f}" for seconds in ours))
    print("theirs", " ".join(f"{seconds:.3f}" for seconds in theirs))


if __name__ == "__main__":
    main()
