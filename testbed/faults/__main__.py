"""`make crash` and `make soak`: put faults in, hold the records against each other, write down what came of it."""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Row, write_rows
from testbed.faults.matrix import Kept, from_json, keep, page, to_json
from testbed.faults.plans import Plan, short_cut, soak_round, soak_rounds
from testbed.faults.round import Round

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "bench" / "out"
PAGE = ROOT / "docs" / "reference" / "crash-matrix.md"

WHOLE_SOAK = 2000
"""Faults: what is shorter does not go into the page."""


def play(plan: Plan, again: str) -> Kept:
    """One round. Its folder is kept when the account does not come out even; `again` is the command that repeats it."""
    folder = Path(tempfile.mkdtemp(prefix=f"cofab-crash-{plan.seed}-"))
    print(f"round {plan.seed}: {plan.faults} faults on {plan.machines} OctoPrints", flush=True)
    even = False
    try:
        kept = keep(plan.seed, Round(plan, folder, lambda line: print(f"  {line}", flush=True)).run())
        even = kept.account.clean
    finally:
        if even:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"  logs and journal are in {folder}; to repeat: {again}", flush=True)
    print(f"  {kept.faults} faults, {kept.attempts} attempts at {kept.parts} parts in {kept.seconds:.0f} s", flush=True)
    for words in (*kept.account.double_starts, *kept.account.lost_parts, *kept.account.unaccounted):
        print(f"  ! {words}", flush=True)
    return kept


def rows(rounds: Sequence[Kept]) -> list[Row]:
    """The figures of the bars: all but the first must be 0."""
    return [
        Row("faults", sum(kept.faults for kept in rounds), "faults"),
        Row("double_starts", sum(len(kept.account.double_starts) for kept in rounds), "starts"),
        Row("lost_parts", sum(len(kept.account.lost_parts) for kept in rounds), "parts"),
        Row("unaccounted", sum(len(kept.account.unaccounted) for kept in rounds), "records"),
    ]


def soak(seed: str, faults: int) -> list[Kept]:
    """Goes on where an earlier soak with this seed was interrupted."""
    written = OUT / f"soak-{seed}.json"
    done = {kept.seed: kept for kept in map(from_json, json.loads(written.read_text()))} if written.exists() else {}
    print(f"seed {seed}: to go on or to repeat, make soak SEED={seed} N={faults}", flush=True)
    for plan in soak_rounds(seed, faults):
        if plan.seed not in done:
            done[plan.seed] = play(plan, f"make soak ROUND={plan.seed}")
            OUT.mkdir(parents=True, exist_ok=True)
            written.write_text(json.dumps([to_json(kept) for kept in done.values()], indent=1) + "\n")
    return list(done.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.faults", description=__doc__)
    parser.add_argument("what", choices=("crash", "soak", "page"))
    parser.add_argument("--seed", default="")
    parser.add_argument("--faults", type=int, default=WHOLE_SOAK)
    parser.add_argument("--round", default="", help="one round of a soak by its own seed")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("stopped"))  # with everything that was started
    seed = told.seed or str(random.SystemRandom().randrange(10_000))
    if told.what == "page":
        kept = [from_json(one) for path in sorted(OUT.glob("soak-*.json")) for one in json.loads(path.read_text())]
    elif told.what == "crash":
        kept = [play(short_cut(seed), f"make crash SEED={seed}")]
        write_rows(rows(kept), OUT / "crash.json")
    elif told.round:
        kept = [play(soak_round(told.round), f"make soak ROUND={told.round}")]
    else:
        kept = soak(seed, told.faults)
    print(", ".join(f"{row.name.replace('_', ' ')} {row.value:g}" for row in rows(kept)), flush=True)
    if told.what != "crash" and sum(one.faults for one in kept) >= WHOLE_SOAK:
        PAGE.write_text(page(kept))
    return 0 if all(one.account.clean for one in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
