"""What the agent and the command line import of designs stays light."""

import subprocess
import sys

import pytest

HEAVY = ("OCP", "cadquery", "numpy", "license_expression", "pydantic", "tomllib")


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("designs.digest", (*HEAVY, "designs.manifest", "decimal")),
        ("designs.source", HEAVY[:-1]),
        ("designs.archive", HEAVY[:-1]),
        ("designs.snapshot", HEAVY[:-1]),
        ("designs.recipe", HEAVY[:-1]),
    ],
)
def test_nothing_heavy_is_loaded(module: str, heavy: tuple[str, ...]):
    code = f"import sys, {module}; loaded = set({heavy!r}) & set(sys.modules); assert not loaded, loaded"
    subprocess.run([sys.executable, "-c", code], check=True)
