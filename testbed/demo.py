"""The main job on real parts: publish, fork, order, slice, print, report. `make demo`, `make demo KEEP=1`.

A registry, an agent and the real OctoPrint with its virtual printer run on loopback; every step is done with the same
commands that people use. What happened is told at the end, and written to .demo/report.json.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from testbed.node import NodeAgent
from testbed.octoprint import OctoPrint
from testbed.process import ServerFailed
from testbed.registry import RegistryServer
from testbed.story import Story

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".demo"
COFAB = Path(sys.executable).parent / "cofab"
LIBRARY = ROOT / "designs" / "library"
ORIGIN = "ada/pipe-clamp"
FORK = "ben/greenhouse-clamp"
COPIES_SECONDS = 600
BUILD_SECONDS = 300
MACHINE = "mk3s"
PRINT_PACE = 25.0
"""How much faster than real time the virtual printer moves: slow enough to watch, quick enough to wait for."""


class DemoFailed(Exception):
    """A step of the demo did not do what it must."""


class Person:
    """Somebody with a command line of their own, logged in at the registry."""

    def __init__(self, name: str, folder: Path, registry: str) -> None:
        self.name = name
        self.password = secrets.token_urlsafe(12)
        self._env = {**os.environ, "XDG_CONFIG_HOME": str(folder / name), "COFAB_REGISTRY": registry, "NO_COLOR": "1"}
        self.cofab("register", registry, "--name", name, "--password-stdin", words=f"{self.password}\n")

    def cofab(self, *arguments: str, words: str = "") -> dict[str, Any]:
        """Run `cofab … --json` as this person; what it answers."""
        command = [str(COFAB), *arguments, "--json"]
        done = subprocess.run(command, input=words, capture_output=True, text=True, env=self._env, check=False)
        if done.returncode:
            raise DemoFailed(f"cofab {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


class Demo:
    """The parts that run, and what was seen."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.story = Story()
        self.report: dict[str, Any] = {}
        self.machine: OctoPrint
        self.registry: RegistryServer
        self.agent: NodeAgent
        self.ada: Person
        self.ben: Person

    def run(self) -> None:
        with self.story.stage("start", "Starting OctoPrint with its virtual printer, and a registry"):
            self.start_servers()
        with self.story.stage("publish", "Ada publishes the library"):
            self.publish()
        with self.story.stage("facility", "Fay opens a fablab and enrols its agent"):
            self.open_facility()
        with self.story.stage("fork", "Ben forks a clamp"):
            self.fork()
        with self.story.stage("order", "Ben chooses parameters and orders it; its geometry is built in the jail"):
            self.order()
        with self.story.stage("make", "The fablab slices and prints it"):
            self.make()
        with self.story.stage("accept", "Fay takes the part off the bed and looks at it"):
            self.accept()
        self.write_report()

    def start_servers(self) -> None:
        self.machine = self.stack.enter_context(OctoPrint(self.folder / "octoprint", speed=PRINT_PACE))
        self.registry = self.stack.enter_context(RegistryServer(self.folder / "registry"))

    def publish(self) -> None:
        self.ada = Person("ada", self.folder, self.registry.url)
        published = []
        for folder in sorted(path.parent for path in LIBRARY.glob("*/design.toml")):
            answer = self.ada.cofab("publish", str(folder))
            published.append(f"{answer['design']}@{answer['version']}")
        self.report["designs"] = published
        self.story.tell(
            f"Ada published {len(published)} designs: {', '.join(name.partition('/')[2] for name in published)}"
        )

    def open_facility(self) -> None:
        fay = Person("fay", self.folder, self.registry.url)
        place = fay.cofab("facility", "create", "Fablab Riverside", "--address", "12 Mill Lane", "--access", "public")
        code = fay.cofab("facility", "enrol", str(place["slug"]))["code"]
        self.agent = NodeAgent(self.folder / "fabnode", self.registry.url)
        self.agent.enrol(str(code), name="riverside")
        granting = threading.Thread(target=self.machine.approve_appkey)
        granting.start()
        self.agent.add_octoprint(self.machine.url, key=MACHINE, profile="prusa-mk3s", materials=("PETG:black", "PLA"))
        granting.join()
        self.stack.enter_context(self.agent)
        self.agent.clear_bed(MACHINE)
        self.story.tell("Fay's agent was granted a key by OctoPrint and announces a Prusa MK3S with PETG and PLA")

    def fork(self) -> None:
        self.ben = Person("ben", self.folder, self.registry.url)
        answer = self.ben.cofab("fork", ORIGIN, "--to", FORK)
        name = f"{answer['design']}@{answer['version']}"
        self.report["fork"] = {"version": name, "parents": answer["parents"], "snapshot": answer["snapshot"]}
        self.story.tell(f"Ben forked {ORIGIN} as {name}: same files, new identity {answer['snapshot'][:12]}…")

    def order(self) -> None:
        chosen = {"pipe_diameter": "18"}
        given = [word for name, value in chosen.items() for word in ("-p", f"{name}={value}")]
        order = self.ben.cofab("order", FORK, *given, "--material", "PETG")
        order = self.wait_for_order(str(order["id"]), BUILD_SECONDS, lambda now: bool(now["build_state"] == "done"))
        self.report["order"] = {"id": order["id"], "version": order["version"], "parameters": order["parameters"]}
        told = ", ".join(f"{name} {value}" for name, value in chosen.items())
        self.story.tell(f"Ben ordered one in PETG with {told}: {self.registry.url}/orders/{order['id']}")

    def make(self) -> None:
        shown = ""

        def finished(order: Mapping[str, Any]) -> bool:
            nonlocal shown
            attempts = order["jobs"][0]["attempts"]
            if not attempts:
                return False
            attempt = attempts[-1]
            progress = attempt["progress"]
            now = attempt["state"] + (
                f" {progress // 0.1 / 10:.0%}" if attempt["state"] == "printing" and progress else ""
            )
            if now != shown:
                print(f"  {now}", flush=True)
                shown = now
            if attempt["state"] in {"failed", "uncertain", "cancelled"}:
                raise DemoFailed(f"the print ended {attempt['state']}: {attempt['reason']}")
            return bool(attempt["state"] == "finished_unverified")

        order = self.wait_for_order(str(self.report["order"]["id"]), COPIES_SECONDS, finished)
        attempt = order["jobs"][0]["attempts"][-1]
        figures = attempt["figures"] or {}
        minutes = float(figures.get("print_seconds") or 0) / 60
        self.story.tell(
            f"The agent sliced it with {figures.get('slicer')} for {figures.get('profile')}: "
            f"{figures.get('layers')} layers, {figures.get('filament_g')} g, {minutes:.0f} min on a real machine"
        )

    def accept(self) -> None:
        waiting = self.agent.status()["to_decide"]
        self.agent.command("accept", str(waiting[0]["attempt"]), "good", "--by", "fay")
        order = self.wait_for_order(str(self.report["order"]["id"]), 60, lambda now: bool(now["state"] == "done"))
        attempt = order["jobs"][0]["attempts"][-1]
        starts = sum(self.machine.print_counts().values())
        self.report["order"]["state"] = order["state"]
        self.report["attempt"] = {
            "id": attempt["id"],
            "state": attempt["state"],
            "driver": "octoprint",
            "starts_seen_by_machine": starts,
            "gcode_sha256": attempt["gcode_sha256"],
            "print_seconds": attempt["print_seconds"],
            "figures": attempt["figures"],
        }
        self.story.tell(f"OctoPrint began the file {starts} time and says it is done; Fay accepted the part as good")
        family = self.ben.cofab("lineage", FORK)
        self.report["lineage"] = family
        self.story.tell(f"The order is {order['state']}, and the fork's page says where and when it was made")

    def wait_for_order(self, order: str, seconds: float, condition: Any) -> dict[str, Any]:
        """Read the order as the page does until the condition holds."""
        deadline = time.monotonic() + seconds
        with httpx.Client(base_url=self.registry.url, trust_env=False, timeout=30) as client:
            token = client.post("/api/v1/sessions", json={"name": "ben", "password": self.ben.password}).json()["token"]
            while True:
                answer = client.get(f"/api/v1/orders/{order}", headers={"Authorization": f"Bearer {token}"})
                now: dict[str, Any] = answer.raise_for_status().json()
                if now["state"] in {"failed", "cancelled"}:
                    raise DemoFailed(f"the order is {now['state']}: {now['reason']}")
                if condition(now):
                    return now
                if time.monotonic() > deadline:
                    raise DemoFailed(f"waited {seconds:g} s for the order, which is {now['state']}")
                time.sleep(0.2)

    def write_report(self) -> None:
        self.report["seconds"] = self.story.seconds
        (self.folder / "report.json").write_text(json.dumps(self.report, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    options = argparse.ArgumentParser(description="Run the main job on real parts, and tell the story.")
    options.add_argument("--keep", action="store_true", help="leave the page running until Enter or Ctrl-C")
    keep = options.parse_args().keep
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with ExitStack() as stack:
        demo = Demo(FOLDER, stack)
        try:
            demo.run()
        except KeyboardInterrupt:
            sys.exit("\nStopped.")
        except (DemoFailed, ServerFailed, TimeoutError, RuntimeError) as error:
            sys.exit(f"The demo failed: {error}\nThe logs of its parts are in {FOLDER}/*/*.log")
        demo.story.print_whole()
        print(f"\nReport: {(FOLDER / 'report.json').relative_to(ROOT)}")
        if keep:
            wait_for_person(demo)
    if not keep:
        print("Everything that ran has been stopped. `make demo KEEP=1` leaves the page running.")


def wait_for_person(demo: Demo) -> None:
    print(f"\nThe page: {demo.registry.url}")
    for person in (demo.ada, demo.ben):
        print(f"  log in as {person.name} with {person.password}")
    print(f"The agent's own page: {demo.agent.url}")
    print(f"OctoPrint: {demo.machine.url} (admin, {demo.machine.password})")
    print("Ctrl-C stops everything.", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("\nStopping …")


if __name__ == "__main__":
    main()
