"""A fabnode agent process in a folder of its own: enrolled, given machines, run, killed and run again."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fabnode.cli.local import desk
from fabnode.decisions import Said
from fabnode.home import Home
from testbed.process import Server, wait_until

OPERATOR = "testbed"
COMMAND_SECONDS = 120
QUICK: Mapping[str, float] = {
    "heartbeat_seconds": 0.5,
    "poll_seconds": 0.5,
    "claim_wait_seconds": 5,
    "retry_seconds": 0.1,
    "retry_most_seconds": 1,
    "start_seconds": 20,
    "uncertain_after_seconds": 5,
}
"""Timings that tests and demonstrations need small; [agent] in fabnode.toml."""


class NodeAgent(Server):
    """Context manager around a running agent. Enrol and add machines before it is started."""

    def __init__(
        self,
        folder: Path,
        registry_url: str,
        *,
        settings: Mapping[str, float] = QUICK,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.home = Home(self.folder)
        self.registry_url = registry_url
        self._settings = settings
        super().__init__(
            [*COMMAND, "--home", str(self.folder), "run"],
            ready=self.home.operator_file.exists,
            log=self.folder / "console.log",
            env=env,
        )

    def enrol(self, code: str, *, name: str = "testbed") -> None:
        """Spend an enrolment code, and make the timings small. The local page takes any free port."""
        self.command("enroll", self.registry_url, "--code", code, "--name", name)
        timings = "".join(f"{key} = {value}\n" for key, value in self._settings.items())
        text = f'registry = "{self.registry_url}"\n\n[agent]\n{timings}\n[operator]\nport = 0\n'
        self.home.write_secret(self.home.config, text)

    def add_octoprint(
        self,
        url: str,
        api_key: str | None = None,
        *,
        key: str,
        profile: str = "prusa-mk3s",
        materials: tuple[str, ...] = ("PLA",),
    ) -> None:
        """With a key that is known; without one the Application Keys flow waits for somebody to grant it."""
        given = ("--api-key", api_key) if api_key else ()
        self._add("octoprint", url, *given, key=key, profile=profile, materials=materials)

    def add_virtual(
        self,
        folder: Path,
        *,
        key: str,
        print_seconds: float = 1,
        profile: str = "prusa-mk3s",
        materials: tuple[str, ...] = ("PLA",),
        plate_copies: int = 1,
    ) -> None:
        """A virtual machine that lives in `folder`."""
        options = ("--option", f"folder={folder.resolve()}", "--option", f"print_seconds={print_seconds:g}")
        plates = ("--plate-copies", str(plate_copies))
        self._add("virtual", *options, *plates, key=key, profile=profile, materials=materials)

    def _add(self, *args: str, key: str, profile: str, materials: tuple[str, ...]) -> None:
        loaded = [word for material in materials for word in ("--material", material)]
        self.command("machine", "add", *args, "--key", key, "--profile", profile, *loaded)

    def command(self, *args: str) -> str:
        """Run a fabnode command on this folder; its words, or an error with them."""
        done = subprocess.run(
            [*COMMAND, "--home", str(self.folder), *args],
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"fabnode {' '.join(args)} ended with {done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout

    @property
    def url(self) -> str:
        """The running agent's local page."""
        address = self.home.operator()
        if address is None:
            raise RuntimeError("the agent does not run")
        return address.url

    def status(self) -> dict[str, Any]:
        """What `fabnode status --json` says."""
        with desk(self.home) as there:
            return there.status()

    def clear_bed(self, machine: str) -> None:
        with desk(self.home) as there:
            there.clear_bed(machine, OPERATOR)

    def accept(
        self, attempt: str, verdict: str = "good", reason: str | None = None, *, good_copies: int | None = None
    ) -> None:
        """good_copies: of a plate that is good, how many of its copies; None: all."""
        with desk(self.home) as there:
            there.decide(attempt, "verdict", Said(OPERATOR, verdict, reason, good_copies))

    def settle(self, attempt: str, outcome: str) -> None:
        with desk(self.home) as there:
            there.decide(attempt, "settle", Said(OPERATOR, outcome))

    def wait_for(self, attempt: str, state: str, *, seconds: float = 120) -> None:
        """Until the agent says that the attempt is in this state."""
        wait_until(lambda: self.attempt_state(attempt) == state, seconds=seconds, what=f"{attempt} to be {state}")

    def attempt_state(self, attempt: str) -> str | None:
        """The attempt's state by the agent's word; None when it does not know it."""
        now = self.status()
        held = [machine["attempt"] for machine in now["machines"] if machine["attempt"]]
        states = {line["attempt"]: line["state"] for line in (*held, *now["to_decide"], *now["recent"])}
        return states.get(attempt)

    def start(self) -> None:
        """Start and return when its local page is there."""
        self.home.operator_file.unlink(missing_ok=True)
        super().start()


COMMAND = (sys.executable, "-m", "fabnode")
