"""The crash matrix's short cut: faults in everything, at every transition, on real OctoPrints and PostgreSQL."""

from pathlib import Path

from testbed.faults.accounts import Account
from testbed.faults.cards import Kind, Target, Transition
from testbed.faults.plans import short_cut
from testbed.faults.round import Round

SEED = "short"


def test_two_hundred_faults_double_no_start_and_lose_no_part(tmp_path: Path) -> None:
    told = Round(short_cut(SEED), tmp_path, print).run()
    assert told.account == Account()
    assert told.faults >= 200
    cells = [cell for cell, _ in told.injected]
    assert {cell.transition for cell in cells} == set(Transition)
    assert {cell.target for cell in cells} == set(Target)
    assert {cell.kind for cell in cells} == set(Kind)
