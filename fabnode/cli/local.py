"""The command line's way to the agent: through its local page while it runs, else straight to the journal.

Whoever holds the folder's lock owns the journal; so a command that finds the lock taken talks to the agent.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

from fabnode import decisions
from fabnode import events as e
from fabnode.cli.stopped import stopped_stock
from fabnode.clock import moment
from fabnode.config import Config, load_config
from fabnode.decisions import Said
from fabnode.errors import FabnodeError
from fabnode.home import AgentRuns, Home, OperatorAddress
from fabnode.journal import Journal
from fabnode.upkeep import spool_lines

ANSWER_SECONDS = 30.0
MAX_ANSWER_BYTES = 16 << 20


class AgentSaysNo(FabnodeError):
    """The running agent refused, or did not answer."""


class Desk(Protocol):
    """What an operator can see and decide."""

    def status(self) -> dict[str, Any]: ...

    def clear_bed(self, machine: str, by: str) -> None: ...

    def decide(self, attempt: str, decision: str, said: Said) -> None: ...

    def outfit(self, machine: str, action: str, said: dict[str, Any]) -> None: ...

    def spools(self) -> list[dict[str, Any]]: ...

    def keep_spool(self, said: dict[str, Any]) -> str: ...


@contextmanager
def desk(home: Home) -> Iterator[Desk]:
    """The running agent, or its journal when it does not run. Raises FabnodeError in words."""
    try:
        with home.lock():
            journal = Journal(home.journal, home.identity().node)
            try:
                yield StoppedAgent(home, journal, load_config(home.config))
            finally:
                journal.close()
    except AgentRuns:
        address = home.operator()
        if address is None:
            raise AgentSaysNo("the agent is just starting or stopping: try again in a moment") from None
        yield RunningAgent(address)


class RunningAgent:
    """Through the local page's JSON side."""

    def __init__(self, address: OperatorAddress) -> None:
        self._address = address

    def status(self) -> dict[str, Any]:
        return {"running": True, **self._ask("GET", "/api/status", None)}

    def clear_bed(self, machine: str, by: str) -> None:
        self._ask("POST", f"/api/machines/{quote(machine, safe='')}/bed-clear", {"by": by})

    def decide(self, attempt: str, decision: str, said: Said) -> None:
        self._ask("POST", f"/api/attempts/{quote(attempt, safe='')}/{decision}", vars(said))

    def outfit(self, machine: str, action: str, said: dict[str, Any]) -> None:
        self._ask("POST", f"/api/machines/{quote(machine, safe='')}/outfit/{action}", said)

    def spools(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self._ask("GET", "/api/spools", None)
        return listed

    def keep_spool(self, said: dict[str, Any]) -> str:
        return str(self._ask("POST", "/api/spools", said)["id"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310  (the agent's own loopback address)
            self._address.url + path,
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {self._address.key}", "Content-Type": "application/json"},
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return json.loads(answer.read(MAX_ANSWER_BYTES))
        except urllib.error.HTTPError as error:
            raise AgentSaysNo(_words(error)) from error
        except (OSError, ValueError) as error:
            raise AgentSaysNo(
                f"the agent holds its folder but does not answer at {self._address.url}: {error}"
            ) from error


class StoppedAgent:
    """Straight to the journal. What it decides is carried out when the agent runs again."""

    def __init__(self, home: Home, journal: Journal, config: Config) -> None:
        self._home = home
        self._journal = journal
        self._config = config
        for machine in config.machines:
            journal.know_machine(machine.key, datetime.now(UTC))

    def status(self) -> dict[str, Any]:
        from fabnode.operator.summary import attempt_line

        beds = self._journal.beds()
        unfinished = [attempt_line(record).model_dump(mode="json") for record in self._journal.unfinished()]
        with stopped_stock(self._home, self._config, self._journal) as stopped:
            care = {key: [vars(due) for due in dues] for key, dues in stopped.upkeep.dues.items()}
        held = {attempt["machine"]: attempt for attempt in unfinished if attempt["state"] not in DECIDABLE}
        machines = [
            {
                "key": machine.key,
                "name": machine.title,
                "state": "not watched",
                "progress": None,
                "bed": beds[machine.key].state.value,
                "bed_note": beds[machine.key].note,
                "bed_since": beds[machine.key].at.isoformat(),
                "care": care[machine.key],
                "attempt": held.get(machine.key),
            }
            for machine in self._config.machines
        ]
        return {
            "running": False,
            "owed_reports": self._journal.owed_count(),
            "trouble": None,
            "machines": machines,
            "to_decide": [attempt for attempt in unfinished if attempt["state"] in DECIDABLE],
            "recent": [attempt_line(record).model_dump(mode="json") for record in self._journal.recent(20)],
        }

    def clear_bed(self, machine: str, by: str) -> None:
        if machine not in self._journal.beds():
            known = ", ".join(self._journal.beds()) or "none"
            raise decisions.Refused(f"this agent has no machine {machine!r}; it has {known}")
        step = self._journal.change_bed(
            machine, e.BedCleared(by), f"cleared by {by}", datetime.now(UTC), looked=moment()
        )
        if step.refused:
            raise decisions.Refused(step.refused)
        self._journal.watched((machine,), moment())

    def decide(self, attempt: str, decision: str, said: Said) -> None:
        if decision in decisions.ONLY_WHILE_IT_RUNS:
            raise decisions.Refused(
                f"the agent does not run, so it cannot {decision} a print: start it with `fabnode run`, "
                "or use the machine's own panel"
            )
        step = self._journal.advance(attempt, decisions.DECISIONS[decision](said), datetime.now(UTC))
        if step.refused:
            raise decisions.Refused(step.refused)

    def outfit(self, machine: str, action: str, said: dict[str, Any]) -> None:
        with stopped_stock(self._home, self._config, self._journal) as stopped:
            stopped.do(machine, action, said)

    def spools(self) -> list[dict[str, Any]]:
        with stopped_stock(self._home, self._config, self._journal) as stopped:
            return spool_lines(stopped.upkeep)

    def keep_spool(self, said: dict[str, Any]) -> str:
        with stopped_stock(self._home, self._config, self._journal) as stopped:
            return stopped.keep_spool(said)


DECIDABLE = frozenset({"finished_unverified", "uncertain"})


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(MAX_ANSWER_BYTES))["error"])
    except (ValueError, KeyError, TypeError):
        return f"the agent answered {error.code}"
