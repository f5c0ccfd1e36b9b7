"""Everything that faults are put into: PostgreSQL, a registry, real OctoPrints, one agent, and relays in between."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg.rows import dict_row

from fabnode.claims import file_name
from printers.octoprint_messages import LogRecord
from testbed.faults import slicing
from testbed.faults.accounts import AttemptFacts
from testbed.faults.http_relay import HttpRelay
from testbed.faults.loop import RelayLoop
from testbed.faults.office import Office
from testbed.faults.stream_relay import StreamRelay
from testbed.node import NodeAgent
from testbed.octoprint import OctoPrint
from testbed.ports import LOOPBACK
from testbed.postgres import PostgresServer
from testbed.registry import RegistryServer

PACE = 2000.0
COMMAND_INTERVAL_S = 0.01
"""A print of some two hundred commands lasts two or three seconds."""
LEASE_SECONDS = 4.0
UNCERTAIN_SECONDS = 4.0
"""Longer than anything is delayed: what is on its way has arrived by then."""
START_SECONDS = 2.5
PLATE_COPIES = 2
"""The first machine makes so many copies at once."""
REGISTRY = {
    "COFAB_LEASE_SECONDS": f"{LEASE_SECONDS}",
    "COFAB_CONFIRM_SECONDS": "3",
    "COFAB_PERMIT_SECONDS": "3",
    "COFAB_OFFLINE_SECONDS": "5",
    "COFAB_POLL_SECONDS": "0.5",
}
AGENT = {
    "heartbeat_seconds": 0.5,
    "poll_seconds": 0.4,
    "claim_wait_seconds": 2,
    "retry_seconds": 0.05,
    "retry_most_seconds": 0.4,
    "start_seconds": START_SECONDS,
    "uncertain_after_seconds": UNCERTAIN_SECONDS,
    "give_back_seconds": 20,
}


class Plant:
    """`open` it. Machines are called m1, m2 …"""

    def __init__(self, folder: Path, machines: int) -> None:
        self.folder = folder
        self.loop = RelayLoop()
        self.postgres = PostgresServer()
        self.octoprints = {
            f"m{number}": OctoPrint(folder / f"octoprint-{number}", speed=PACE, command_interval_s=COMMAND_INTERVAL_S)
            for number in range(1, machines + 1)
        }
        self.to_machine = {key: HttpRelay(self.loop, octoprint.port) for key, octoprint in self.octoprints.items()}
        self.registry: RegistryServer
        self.agent: NodeAgent
        self.office: Office
        self.to_registry: HttpRelay
        self.to_database: StreamRelay
        self.database_url = ""

    @contextmanager
    def open(self) -> Iterator[None]:
        """All servers run, the agent is enrolled and knows its machines, but does not run yet."""
        with ExitStack() as stack:
            stack.enter_context(self.loop)
            stack.enter_context(self.postgres)
            self._open_registry()
            servers = [self.registry, *self.octoprints.values()]
            for server in servers:
                stack.callback(server.stop)
            with ThreadPoolExecutor(len(servers)) as starting:
                list(starting.map(lambda server: server.start(), servers))
            self._enrol()
            stack.callback(self.office.close)
            stack.callback(self.agent.stop)
            yield

    def _open_registry(self) -> None:
        self.database_url = self.postgres.new_database()
        parts = urlsplit(self.database_url)
        folder = parse_qs(parts.query)["host"][0]
        self.to_database = StreamRelay(self.loop, Path(folder) / ".s.PGSQL.5432")
        self.to_database.open()
        user = parts.netloc.rpartition("@")[0]
        through = (
            f"postgresql://{user}@{LOOPBACK}:{self.to_database.port}{parts.path}?sslmode=disable&gssencmode=disable"
        )
        self.registry = RegistryServer(self.folder / "registry", through, settings=REGISTRY)
        self.to_registry = HttpRelay(self.loop, self.registry.port)
        for relay in (self.to_registry, *self.to_machine.values()):
            relay.open()

    def _enrol(self) -> None:
        self.office = Office(self.registry.url)
        code = self.office.open()
        sliced = slicing.install(self.folder / "slicer")
        self.agent = NodeAgent(self.folder / "fabnode", self.to_registry.url, settings=AGENT)
        self.agent.enrol(code)
        for key, octoprint in self.octoprints.items():
            self.agent.add_octoprint(self.to_machine[key].url, octoprint.admin_api_key, key=key)
        self._configure({"[agent]": f'slicer = "{sliced}"', 'key = "m1"': f"plate_copies = {PLATE_COPIES}"})

    def _configure(self, lines: Mapping[str, str]) -> None:
        """Put each of these lines into the agent's configuration, after the one that it names."""
        config = self.agent.home.config
        text = config.read_text()
        for after, line in lines.items():
            assert f"{after}\n" in text, text
            text = text.replace(f"{after}\n", f"{after}\n{line}\n", 1)
        config.write_text(text)

    # ---- records, read where each thing keeps them

    def starts(self) -> dict[str, int]:
        """File → how often it was begun: by a plugin inside OctoPrint, or by OctoPrint's own log, if that says more."""
        counts: dict[str, int] = {}
        for octoprint in self.octoprints.values():
            by_log = self._logged(octoprint)
            by_plugin = octoprint.print_counts()
            for file in {*by_log, *by_plugin}:
                counts[file] = counts.get(file, 0) + max(by_log.get(file, 0), by_plugin.get(file, 0))
        return counts

    def finished(self) -> dict[str, int]:
        """File → how often it was made to the end."""
        done: dict[str, int] = {}
        for octoprint in self.octoprints.values():
            for event in octoprint.events():
                if event.event == "PrintDone" and event.path:
                    done[event.path] = done.get(event.path, 0) + 1
        return done

    def attempts(self) -> tuple[AttemptFacts, ...]:
        """All tries by the registry's database."""
        query = """SELECT id, job_id, coalesce(plate, id) AS known_as, state, extra, (SELECT count(*) FROM order_events
            WHERE attempt_id = attempts.id AND kind = 'attempt.permitted') AS permits FROM attempts ORDER BY id"""
        return tuple(
            AttemptFacts(
                row["id"], row["job_id"], row["known_as"], file_name(row["known_as"]), row["state"], row["permits"],
                row["extra"],
            )
            for row in self.query(query)
        )  # fmt: skip

    def query(self, query: str) -> list[dict[str, Any]]:
        """Straight from PostgreSQL, past the relay."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return list(connection.execute(query.encode()))

    def end_backends(self) -> None:
        """PostgreSQL ends every connection of the registry."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def _logged(self, octoprint: OctoPrint) -> dict[str, int]:
        records: dict[str, LogRecord] = {}
        names = set(octoprint.print_counts())
        for log in sorted((octoprint.folder / "logs").glob("octoprint.log*")):
            lines = log.read_bytes().splitlines()
            for name in names:
                record = records.setdefault(name, LogRecord(name))
                for line in lines:
                    record.read(line)
        return {name: record.starts for name, record in records.items()}
