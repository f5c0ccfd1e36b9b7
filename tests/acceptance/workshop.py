"""Everything that a real order meets: registry, agent, slicer, a real OctoPrint, and an operator who tends them.

Oracles are read where the thing itself is: print events from OctoPrint's plugin, permits from the registry's database.
"""

import hashlib
import io
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx

from fabnode.decisions import Refused
from fabnode.errors import FabnodeError
from testbed.node import NodeAgent
from testbed.octoprint import OctoPrint
from testbed.process import wait_until
from testbed.registry import RegistryServer
from testbed.relay import Relay

DESIGN = Path(__file__).parent / "tag"
MACHINE = "mk3s"
BRISK = 1000.0
LEASE_SECONDS = 10
"""Short, so that leases of killed agents run out while a test looks."""
ORDER_SECONDS = 60
AT_WORK = {"start_intent", "starting", "printing", "paused"}
SETTLED = {"good", "scrap", "failed", "cancelled", "lost"}

Json = dict[str, Any]


class Victim(Protocol):
    """A process that may be killed without warning, and started again on the same folder."""

    def kill9(self) -> None: ...

    def start(self) -> None: ...


class Workshop:
    """One of each, shared by all tests of this folder. Ada designs, Ben orders, Fay runs the fablab."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = RegistryServer(folder / "registry", settings={"COFAB_LEASE_SECONDS": str(LEASE_SECONDS)})
        self.octoprint = OctoPrint(folder / "octoprint", speed=BRISK)
        self.relay = Relay(self.octoprint.port)
        """Between the agent and OctoPrint."""
        self.line = Relay(self.registry.port)
        """Between the agent and the registry."""
        self.agent = NodeAgent(folder / "fabnode", self.line.url)
        self._tokens: dict[str, str] = {}

    @property
    def victims(self) -> dict[str, Victim]:
        """What can be killed and started again."""
        return {"registry": self.registry, "agent": self.agent, "octoprint": self.octoprint}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Servers started, design published, agent enrolled; nobody has looked at the bed yet."""
        with self.registry, self.octoprint, self.relay, self.line:
            for name in ("ada", "ben", "fay"):
                answer = self.ask(None, "POST", "/members", {"name": name, "password": f"{name} of the commons"})
                self._tokens[name] = answer["token"]
            self.publish("1.0.0")
            self.ask("fay", "POST", "/facilities", {"name": "Riverside", "slug": "riverside", "access": "public"})
            self.agent.enrol(self.ask("fay", "POST", "/facilities/riverside/enrolments")["code"])
            self.agent.add_octoprint(self.relay.url, self.octoprint.admin_api_key, key=MACHINE)
            self._set_up_camera()
            with self.agent:
                yield

    def _set_up_camera(self) -> None:
        """It sees a picture that OctoPrint ships with."""
        config = self.agent.home.config
        camera = f'camera = "{self.octoprint.url}/static/img/tentacle-22x22.png"'
        self.agent.home.write_secret(
            config, config.read_text().replace(f'key = "{MACHINE}"', f'key = "{MACHINE}"\n{camera}')
        )

    def picture(self, who: str, order: str, attempt: str, moment: str) -> bytes | None:
        """What the workshop saw, as the registry shows it to somebody; None when there is none."""
        url = f"{self.registry.url}/api/v1/orders/{order}/attempts/{attempt}/snapshots/{moment}"
        answer = httpx.get(url, headers={"Authorization": f"Bearer {self._tokens[who]}"}, trust_env=False)
        return answer.content if answer.status_code == 200 else None

    def ask(self, who: str | None, method: str, path: str, body: object = None, **more: Any) -> Json:
        """One call of the registry's API; an error raises with the registry's own words."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"} if who else {}
        with httpx.Client(base_url=f"{self.registry.url}/api/v1", trust_env=False, verify=False, timeout=30) as client:
            answer = client.request(method, path, json=body, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        answered: Json = answer.json()
        return answered

    def publish(self, version: str) -> Json:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path in sorted(DESIGN.iterdir()):
                archive.write(path, path.name)
        headers = {"Authorization": f"Bearer {self._tokens['ada']}", "Content-Type": "application/zip"}
        url = f"{self.registry.url}/api/v1/designs/ada/tag/archive"
        answer = httpx.post(
            url, params={"version": version}, content=packed.getvalue(), headers=headers, timeout=60, trust_env=False
        )
        assert answer.status_code == 201, answer.text
        published: Json = answer.json()
        return published

    def place_order(self, version: str = "ada/tag@1.0.0", quantity: int = 1, **parameters: object) -> str:
        body = {"version": version, "parameters": parameters, "quantity": quantity, "material": "PLA"}
        order: str = self.ask("ben", "POST", "/orders", body)["id"]
        return order

    def order(self, order: str) -> Json:
        return self.ask("ben", "GET", f"/orders/{order}")

    def attempts(self, order: str) -> list[Json]:
        """All tries at all copies, by their claim."""
        return [attempt for job in self.order(order)["jobs"] for attempt in job["attempts"]]

    # ---- waiting for moments

    def until(self, condition: Callable[[], bool], what: str, *, seconds: float = ORDER_SECONDS) -> None:
        try:
            wait_until(condition, seconds=seconds, what=what)
        except TimeoutError as error:
            told = "\n".join(f"{line['order']} {line['attempt']} {line['state']}" for line in self.lines())
            raise AssertionError(f"{error}\n{told}\n{self.agent.log_tail()}") from error

    def newest(self, order: str) -> str | None:
        """Id of the newest attempt, by the agent's word, which is ahead of the registry's."""
        lines = [line for line in self.lines() if line["order"] == order]
        return max(lines, key=lambda line: line["since"])["attempt"] if lines else None

    def state(self, order: str) -> str | None:
        """The newest attempt's state by the agent's word."""
        newest = self.newest(order)
        return next((line["state"] for line in self.lines() if line["attempt"] == newest), None)

    def until_state(self, order: str, *states: str) -> None:
        self.until(lambda: self.state(order) in states, f"an attempt of {order} to be {' or '.join(states)}")

    def lines(self) -> list[Json]:
        now = self.agent.status()
        held = [machine["attempt"] for machine in now["machines"] if machine["attempt"]]
        return [*held, *now["to_decide"], *now["recent"]]

    # ---- the operator

    def tend(self, order: str) -> None:
        """Look after the machine as a careful operator does, until the order is done: every copy accepted as good."""

        def done() -> bool:
            self.tend_once(order)
            return bool(self.order(order)["state"] == "done")

        self.until(done, f"the order {order} to be done")

    def tend_once(self, order: str) -> None:
        """One round: judge what lies there, settle what is not known by looking at the bed, clear it, order redos."""
        if not self._printer_is_there():
            self.octoprint.connect_printer()
        try:
            for line in self.agent.status()["to_decide"]:
                self._decide(line)
            if any(line["state"] == "awaiting_operator" for line in self.lines() if line["order"] == order):
                self.agent.clear_bed(MACHINE)
        except (Refused, FabnodeError):
            pass  # It went on in the meantime; the next round sees how.
        for job in self.order(order)["jobs"]:
            if job["state"] == "needs_redo":
                self.ask("ben", "POST", f"/orders/{order}/jobs/{job['id']}/redo")

    def _decide(self, line: Mapping[str, Any]) -> None:
        if line["state"] == "finished_unverified":
            self.agent.accept(line["attempt"], "good")
        elif self.starts_of(line["attempt"]) == 0:
            self.agent.settle(line["attempt"], "not-started")
        else:
            self.agent.settle(line["attempt"], "scrap")

    def _printer_is_there(self) -> bool:
        return "Offline" not in self.octoprint.state_text()

    # ---- oracles

    def starts_of(self, attempt: str) -> int:
        """How often OctoPrint began the attempt's file, by the record of the testbed's plugin."""
        mark = hashlib.sha256(attempt.encode()).hexdigest()[:10]
        return sum(count for file, count in self.octoprint.print_counts().items() if file.endswith(f"-{mark}.gcode"))

    def permits_of(self, job: str) -> int:
        """How many attempts at the job were given leave to start, by the registry's database."""
        database = self.folder / "registry" / "data" / "cofab.sqlite"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM attempts WHERE job_id = ? AND permitted"
            count: int = connection.execute(query, (job,)).fetchone()[0]
        return count

    def assert_accounted(self, order: str) -> None:
        """No file begun twice, no start without its permit, every copy made once, every try with one known end."""
        assert all(count == 1 for count in self.octoprint.print_counts().values()), self.octoprint.print_counts()
        for job in self.order(order)["jobs"]:
            states = Counter(attempt["state"] for attempt in job["attempts"])
            assert set(states) <= SETTLED, states
            assert states["good"] == 1, states
            assert job["state"] == "done"
            starts = {attempt["id"]: self.starts_of(attempt["id"]) for attempt in job["attempts"]}
            assert sum(starts.values()) <= self.permits_of(job["id"]), starts
            for attempt in job["attempts"]:
                began = attempt["state"] in {"good", "scrap"}
                assert starts[attempt["id"]] == 1 or not began, attempt
                assert starts[attempt["id"]] == 0 or attempt["state"] != "lost", attempt
        claimed = {attempt["id"] for attempt in self.attempts(order)}
        known = {line["attempt"] for line in self.lines() if line["order"] == order}
        assert known <= claimed
