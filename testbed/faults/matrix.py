"""The page of the crash matrix, from the rounds of a soak. Pure: the same rounds give the same page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testbed.faults.accounts import Account
from testbed.faults.cards import KINDS, Cell, Kind, Target, Transition, every_cell
from testbed.faults.outcomes import Outcome
from testbed.faults.round import Told

Json = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """A round as it is written down."""

    seed: str
    account: Account
    injected: Counter[tuple[Cell, Outcome]]
    parts: int
    attempts: int
    seconds: float

    @property
    def faults(self) -> int:
        return self.injected.total()


def keep(seed: str, told: Told) -> Kept:
    return Kept(seed, told.account, told.injected, told.parts, told.attempts, told.seconds)


def to_json(kept: Kept) -> Json:
    """In the order of the matrix, so that the same round gives the same bytes."""
    injected = [
        [cell.transition.value, cell.target.value, cell.kind.value, outcome.value, number]
        for (cell, outcome), number in sorted(kept.injected.items(), key=lambda item: (_place(item[0][0]), item[0][1]))
    ]
    account = {name: list(words) for name, words in vars(kept.account).items()}
    return {
        "seed": kept.seed, "parts": kept.parts, "attempts": kept.attempts, "seconds": round(kept.seconds),
        **account, "injected": injected,
    }  # fmt: skip


def from_json(json: Json) -> Kept:
    account = Account(*(tuple(json[name]) for name in ("double_starts", "lost_parts", "unaccounted")))
    injected = Counter(
        {
            (Cell(Transition(transition), Target(target), Kind(kind)), Outcome(outcome)): number
            for transition, target, kind, outcome, number in json["injected"]
        }
    )
    return Kept(json["seed"], account, injected, json["parts"], json["attempts"], json["seconds"])


def page(rounds: Sequence[Kept]) -> str:
    """docs/reference/crash-matrix.md."""
    return "\n".join([*_head(rounds), *_overview(rounds), *_table(rounds), *_repeating(rounds)])


def _head(rounds: Sequence[Kept]) -> Iterator[str]:
    account = [
        ("faults put in", sum(kept.faults for kept in rounds)),
        ("ordered parts", sum(kept.parts for kept in rounds)),
        ("attempts at them", sum(kept.attempts for kept in rounds)),
        ("**double starts**", sum(len(kept.account.double_starts) for kept in rounds)),
        ("**lost parts**", sum(len(kept.account.lost_parts) for kept in rounds)),
        ("**unaccounted**", sum(len(kept.account.unaccounted) for kept in rounds)),
    ]
    yield INTRODUCTION
    yield "| of this run | |\n| --- | ---: |"
    for words, number in account:
        yield f"| {words} | {number} |"
    yield ""
    for kept in rounds:
        for words in (*kept.account.double_starts, *kept.account.lost_parts, *kept.account.unaccounted):
            yield f"- round `{kept.seed}`: {words}"


def _overview(rounds: Sequence[Kept]) -> Iterator[str]:
    """Where the faults fell: transition × target."""
    fell = _summed(rounds, lambda cell: (cell.transition, cell.target))
    yield OVERVIEW
    yield f"| transition | {' | '.join(target.value for target in Target)} |"
    yield f"| --- |{' ---: |' * len(Target)}"
    for transition in Transition:
        numbers = (fell[transition, target] for target in Target)
        yield f"| {transition.value} | {' | '.join(map(str, numbers))} |"
    yield ""


def _table(rounds: Sequence[Kept]) -> Iterator[str]:
    """Every line of the matrix with what came of it."""
    came = sum((kept.injected for kept in rounds), Counter[tuple[Cell, Outcome]]())
    yield TABLE
    yield f"| transition | target | fault | injected | {' | '.join(outcome.value for outcome in Outcome)} |"
    yield f"| --- | --- | --- | ---: |{' ---: |' * len(Outcome)}"
    for cell in every_cell():
        by_outcome = [came[cell, outcome] for outcome in Outcome]
        numbers = " | ".join(str(number) if number else "" for number in by_outcome)
        yield (f"| {cell.transition.value} | {cell.target.value} | {cell.kind.value} | {sum(by_outcome)} | {numbers} |")
    missing = [cell for cell in every_cell() if not any(came[cell, outcome] for outcome in Outcome)]
    yield f"\n{len(every_cell()) - len(missing)} of {len(every_cell())} lines were seen in this run.\n"


def _repeating(rounds: Sequence[Kept]) -> Iterator[str]:
    seeds = ", ".join(f"`{kept.seed}`" for kept in rounds)
    yield f"{REPEATING}\n\nRounds of this run, by their seeds: {seeds}.\n"


def _summed(rounds: Iterable[Kept], by: Any) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for kept in rounds:
        for (cell, _), number in kept.injected.items():
            found[by(cell)] += number
    return found


def _place(cell: Cell) -> tuple[int, int, int]:
    targets: Mapping[Target, int] = {target: place for place, target in enumerate(KINDS)}
    return list(Transition).index(cell.transition), targets[cell.target], KINDS[cell.target].index(cell.kind)


INTRODUCTION = """# The crash matrix

Faults are put into a running fleet at every transition of an attempt: into the agent, the registry, the registry's
connection to PostgreSQL, the machine, and single messages between them. The machines are real OctoPrints with their
virtual printers, one of which makes plates of two copies; the agent and the registry are the programs that run in a
workshop. Nothing here is a stand-in, but that PrusaSlicer slices each model once. When all is quiet again, the records
are held against each other:

- **double starts**: a file that a machine began more often than once, or without a permit, by OctoPrint's own log and
  by the record of a plugin inside it, beside the permits in the registry's database;
- **lost parts**: a part that came off a machine and is not in the registry, neither counted nor kept as an extra one,
  or that the operator accepted and the registry does not count;
- **unaccounted**: an ordered part that is not there exactly once, a try without an end, a try that the agent and the
  registry tell differently, a report that was never delivered, anything that did not come to rest.

This page is written by `make soak` from its own run.
"""
OVERVIEW = """## Where the faults fell
"""
TABLE = """## What came of them

Each line is a fault and what came of the attempts that it hit; an attempt is hit by several faults, so the words are
those of the attempt, not of the one fault.

- *went on*: made and judged as if nothing had been;
- *adopted*: the agent came up again while the print ran, and went on with it;
- *uncertain*: nobody knew for a while; the machine's record or the operator, who looked at it, settled it;
- *requeued*: it ended before its start, and its job went back to the queue by itself;
- *ended*: it ended without a part, and a person had it made again;
- *no attempt*: the agent had none yet, and asked again;
- *double start*, *lost part*: what must not be.

*kill -9* of the database's connection: PostgreSQL ends it; *stop* of a connection: nothing passes for a while;
*drop* of a connection or push: it is cut; *lose answer* of the database: a COMMIT is done and its connection breaks off
before the registry hears of it. Single requests are dropped on their way, done without their answer, delayed, sent
twice (one after the other, or both at once), and overtaken by later ones. A delay or a stop may outlast a lease, a
permit or the agent's patience with a start.
"""
REPEATING = """## How to repeat it

    make soak            # 2,000 faults in rounds; SEED=… N=… for others; a seed goes on where it was interrupted
    make crash           # the short cut that is part of `make test`: at least 200 faults, processes killed sparingly

A seed repeats which faults are drawn in which order; the moments are those of real processes. When an account does not
come out even, the round's folder with all logs is kept and named, with the command that repeats the round."""
