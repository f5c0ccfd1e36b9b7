"""The page: every line of the matrix, the figures of the run, the same bytes for the same rounds."""

import json
import re
from collections import Counter
from pathlib import Path

from testbed.faults.__main__ import rows
from testbed.faults.accounts import Account
from testbed.faults.cards import Cell, Kind, Target, Transition, every_cell
from testbed.faults.matrix import Kept, from_json, page, to_json
from testbed.faults.outcomes import Outcome

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "crash-matrix.md"
KILLED = Cell(Transition.PRINTING, Target.AGENT, Kind.KILL)
DROPPED = Cell(Transition.CLAIMED, Target.TO_REGISTRY, Kind.DROP)


def kept(seed: str, *, double_starts: tuple[str, ...] = ()) -> Kept:
    injected = Counter({(KILLED, Outcome.ADOPTED): 3, (KILLED, Outcome.UNCERTAIN): 1, (DROPPED, Outcome.NO_ATTEMPT): 2})
    return Kept(seed, Account(double_starts), injected, parts=4, attempts=5, seconds=60)


def test_each_line_of_the_matrix_is_there_once_with_its_figures() -> None:
    lines = page([kept("7.1"), kept("7.2")]).splitlines()
    assert "| faults put in | 12 |" in lines
    assert "| ordered parts | 8 |" in lines
    assert "| **double starts** | 0 |" in lines
    assert "| printing | agent | kill -9 | 8 |  | 6 | 2 |  |  |  |  |  |" in lines
    assert "| claimed | agent to registry | drop | 4 |  |  |  |  |  | 4 |  |  |" in lines
    assert "| printing | 8 | 0 | 0 | 0 | 0 | 0 | 0 |" in lines
    for cell in every_cell():
        beginning = f"| {cell.transition.value} | {cell.target.value} | {cell.kind.value} |"
        assert sum(line.startswith(beginning) for line in lines) == 1
    assert f"2 of {len(every_cell())} lines were seen in this run." in lines
    assert "Rounds of this run, by their seeds: `7.1`, `7.2`." in lines


def test_what_does_not_add_up_is_named_with_its_round() -> None:
    written = page([kept("7.1", double_starts=("a.gcode was begun 2 times",))])
    assert "| **double starts** | 1 |" in written
    assert "- round `7.1`: a.gcode was begun 2 times" in written


def test_the_page_of_this_repository_is_of_a_whole_soak() -> None:
    written = PAGE.read_text()
    (faults,) = re.findall(r"\| faults put in \| (\d+) \|", written)
    assert int(faults) >= 2000
    for bar in ("double starts", "lost parts", "unaccounted"):
        assert f"| **{bar}** | 0 |" in written
    assert f"{len(every_cell())} of {len(every_cell())} lines were seen in this run." in written


def test_the_rows_count_what_must_not_be() -> None:
    found = {row.name: row.value for row in rows([kept("7.1"), kept("7.2", double_starts=("twice",))])}
    assert found == {"faults": 12, "double_starts": 1, "lost_parts": 0, "unaccounted": 0}


def test_a_round_that_was_written_down_gives_the_same_page() -> None:
    rounds = [kept("7.1"), kept("7.2", double_starts=("twice",))]
    again = [from_json(json.loads(json.dumps(to_json(one)))) for one in rounds]
    assert again == rounds
    assert page(again) == page(rounds)
