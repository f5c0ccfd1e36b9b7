"""A shop with one laser: registry, agent and operator are real, the controller is a simulation on a pty.

What really moved is the simulated controller's own account.
"""

import asyncio
import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from testbed.grbl_simulator import GrblSimulator
from testbed.node import NodeAgent
from testbed.process import wait_until
from testbed.registry import RegistryServer

LASER = "laser-1"
SHEET = "birch plywood@3"
FACILITY = "laserhall"
HOMING = 22
SPEED = 150.0
WAIT_SECONDS = 60
Json = dict[str, Any]
T = TypeVar("T")


class Controller:
    """A GRBL controller in a thread of its own, as it would be on a board of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="controller")
        self.board = GrblSimulator(folder, settings={HOMING: 1}, speed=SPEED)

    def __enter__(self) -> "Controller":
        self._thread.start()
        self.do(self.board.plug)
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.board.pull)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, act: Callable[[], T]) -> T:
        """Have it done where the controller runs."""

        async def done() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(WAIT_SECONDS)


class Shop:
    """Ada designs, Ben orders, Fay runs the laser."""

    def __init__(self, folder: Path) -> None:
        self.registry = RegistryServer(folder / "registry", settings={"COFAB_LEASE_SECONDS": "10"})
        self.controller = Controller(folder)
        self.agent = NodeAgent(folder / "fabnode", self.registry.url)
        self._folder = folder
        self._tokens: dict[str, str] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        with self.registry, self.controller:
            for name in ("ada", "ben", "fay"):
                answer = self.ask(None, "POST", "/members", {"name": name, "password": f"{name} of the commons"})
                self._tokens[name] = answer["token"]
            self.ask("fay", "POST", "/facilities", {"name": "Laser hall", "slug": FACILITY, "access": "public"})
            self.agent.enrol(self.ask("fay", "POST", f"/facilities/{FACILITY}/enrolments")["code"])
            self.agent.command(
                "machine", "add", "grbl", "--key", LASER, "--profile", "diode-laser-400", "--material", SHEET,
                "--option", "tool=laser", "--option", f"port={self.controller.board.path}",
                "--option", f"folder={self._folder / LASER}",
            )  # fmt: skip
            text = self.agent.home.config.read_text()
            self.agent.home.write_secret(self.agent.home.config, f"{text}plate_copies = 4\n")
            with self.agent:
                yield

    def ask(self, who: str | None, method: str, path: str, body: object = None) -> Json:
        """One call of the registry's API; an error raises with the registry's own words."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"} if who else {}
        with httpx.Client(base_url=f"{self.registry.url}/api/v1", trust_env=False, timeout=30) as client:
            answer = client.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        answered: Json = answer.json()
        return answered

    def publish(self, design: Path, **facts: str) -> str:
        """Ada's, as it lies in a folder; the version's full name. `facts`: what a manifest would say."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(design.iterdir()):
                archive.write(path, path.name)
        headers = {"Authorization": f"Bearer {self._tokens['ada']}", "Content-Type": "application/zip"}
        url = f"{self.registry.url}/api/v1/designs/ada/{design.name}/archive"
        params = {"version": "1.0.0", **facts}
        answer = httpx.post(url, params=params, content=packed.getvalue(), headers=headers, timeout=60, trust_env=False)
        assert answer.status_code == 201, answer.text
        return f"ada/{design.name}@1.0.0"

    # ---- orders

    def place(self, version: str, *, quantity: int = 1, **parameters: object) -> str:
        body = {"version": version, "parameters": parameters, "quantity": quantity}
        order: str = self.ask("ben", "POST", "/orders", body)["id"]
        return order

    def order(self, order: str) -> Json:
        return self.ask("ben", "GET", f"/orders/{order}")

    def job(self, order: str) -> Json:
        """The first copy."""
        job = self.order(order)["jobs"][0]
        assert isinstance(job, dict)
        return job

    def attempt(self, order: str) -> Json:
        """The newest try, as the registry tells it."""
        attempt = self.job(order)["attempts"][-1]
        assert isinstance(attempt, dict)
        return attempt

    def refusals(self, version: str, **wish: object) -> list[str]:
        """Why the laser cannot make it, as the order form says."""
        matches = self.ask("ben", "POST", "/orders/match", {"version": version, **wish})["machines"]
        (laser,) = matches
        return [reason["words"] for reason in laser["reasons"]]

    def until_attempt_is(self, order: str, state: str) -> Json:
        def reached() -> bool:
            attempts = self.job(order)["attempts"]
            return bool(attempts) and attempts[-1]["state"] == state

        self.until(reached, f"an attempt of {order} to be {state}")
        return self.attempt(order)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            wait_until(condition, seconds=WAIT_SECONDS, what=what)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.agent.log_tail()}\n{self.registry.log_tail()}") from error

    def witness(self, what: str) -> list[str]:
        """The controller's own account: `executed` or `checked` lines."""
        return self.controller.do(lambda: list(getattr(self.controller.board.witness, what)))
