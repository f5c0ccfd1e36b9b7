"""The rehearsal of the warm worker."""

import json
import subprocess
import sys
from pathlib import Path

from designs.formats import rehearsal
from designs.formats.rehearsal import rehearse

_AFTERWARDS = """
import json, sys
from pathlib import Path

from designs.sandbox import tasks
from designs.sandbox.kernel import single_threaded

kept = Path(sys.argv[1])
tasks.warm_up(("cadquery",), kept)
assert single_threaded()
before = set(sys.modules)
from designs.engines.interface import find_engine
from designs.formats import geometry, production
from designs.formats.rehearsal import ORDER
from designs.formats.workpiece import read_parts

(kept / "part.py").write_text("import cadquery as cq\\nshow_object(cq.Workplane().box(9, 9, 9).edges().fillet(1))")
made = find_engine("cadquery").run(kept / "part.py", {})
parts = read_parts(geometry.read_geometry(geometry.write_geometry(made)))
production.produce(parts, ORDER, kept, lambda _stage, _share: None)
new = {name: sys.modules[name] for name in set(sys.modules) - before}
print(json.dumps({name: module.__file__ for name, module in new.items() if hasattr(module, "__file__")}))
"""


def test_a_build_afterwards_imports_nothing_from_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _AFTERWARDS, str(tmp_path)]
    variables = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])}
    ended = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    loaded = {name: file for name, file in told.items() if file and not file.endswith("part.py")}
    assert loaded == {}


def test_nothing_stays_behind(tmp_path: Path) -> None:
    rehearse(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_limbering_up_leaves_nothing(tmp_path: Path) -> None:
    rehearsal.limber_up(tmp_path)
    assert list(tmp_path.iterdir()) == []
