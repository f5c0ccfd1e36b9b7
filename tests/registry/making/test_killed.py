"""A registry process that is killed at arbitrary moments while agents claim, ask and report over HTTP."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from registry.core.attempts import AttemptState
from registry.core.orders import OrderState
from registry.settings import Settings
from testbed.process import wait_until
from testbed.registry import RegistryServer
from tests.registry.making.workshop import MK3S, Agent, Workshop

S = AttemptState
QUANTITY = 16
AGENTS = 4
KILLS = 2
ABANDON_EVERY = 7
LEASE_SECONDS = 2.0


class Caller:
    """An agent's side of the wire: what is not answered is asked again, word for word."""

    def __init__(self, url: str, agent: Agent, stop: threading.Event) -> None:
        self._client = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {agent.token}"}, timeout=10
        )
        self._stop = stop

    def ask(self, path: str, body: dict[str, Any]) -> httpx.Response | None:
        """The answer; None when everything is over."""
        while not self._stop.is_set():
            try:
                answer = self._client.post(path, json=body)
            except httpx.TransportError:
                self._stop.wait(0.05)
                continue
            if answer.status_code < 500:
                return answer
        return None


def work(url: str, agent: Agent, stop: threading.Event, starts: Counter[str], lock: threading.Lock) -> None:
    """Make parts until told to stop; now and then give up without a word, as a machine that loses its power does."""
    caller = Caller(url, agent, stop)
    sequence = itertools.count(1)
    for number in itertools.count(1):
        claim = {"idempotency_key": f"key-{number}", "machines": ["a", "b"], "wait_seconds": 1}
        job = _answer(caller.ask("/node/claim", claim))
        if stop.is_set():
            return
        if job is None or number % ABANDON_EVERY == 0:
            continue
        attempt = {"attempt": job["attempt"], "epoch": job["epoch"]}
        permit = caller.ask("/node/permit", {**attempt, "gcode_sha256": "0" * 64})
        if permit is None or permit.status_code != 200:
            continue
        with lock:
            starts[job["job"]] += 1
        for state in ("printing", "finished_unverified", "good"):
            told = {**attempt, "sequence": next(sequence), "state": state, "at": "2026-01-01T00:00:00Z"}
            caller.ask("/node/reports", {"reports": [told]})


def _answer(answer: httpx.Response | None) -> dict[str, Any] | None:
    if answer is None or answer.status_code == 204:
        return None
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_every_part_is_made_once_whenever_the_registry_dies(
    workshop: Workshop, settings: Settings, tmp_path: Path
) -> None:
    cards = [replace(MK3S, key="a"), replace(MK3S, key="b")]
    agents = [workshop.agent(*cards) for _ in range(AGENTS)]
    order = workshop.ready_order(quantity=QUANTITY).summary.id
    starts: Counter[str] = Counter()
    stop, lock = threading.Event(), threading.Lock()
    served = {
        "COFAB_DATABASE_URL": settings.database,
        "COFAB_BUILD_WORKERS": "0",
        "COFAB_LEASE_SECONDS": str(LEASE_SECONDS),
        "COFAB_POLL_SECONDS": "0.2",
    }
    with RegistryServer(tmp_path / "served", settings=served) as server, ThreadPoolExecutor(AGENTS) as threads:
        (tmp_path / "served").mkdir(exist_ok=True)
        running = [threads.submit(work, server.url, agent, stop, starts, lock) for agent in agents]
        try:
            for kill in range(1, KILLS + 1):
                due = kill * QUANTITY // (KILLS + 2)
                wait_until(lambda due=due: starts.total() >= due, seconds=60, what=f"{due} starts")
                server.kill9()
                server.start()
            wait_until(lambda: workshop.show(order).summary.state is OrderState.DONE, seconds=60, what="all parts")
        finally:
            stop.set()
        for one in running:
            one.result(timeout=30)
    shown = workshop.show(order)
    assert starts == Counter({job.id: 1 for job in shown.jobs})
    assert [attempt.state for job in shown.jobs for attempt in job.attempts].count(S.GOOD) == QUANTITY
    assert {attempt.state for job in shown.jobs for attempt in job.attempts} <= {S.GOOD, S.LOST}
