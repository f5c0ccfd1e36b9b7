"""What a hostile neighbour costs: an honest build beside scripts that never end."""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from bench.subjects import Subject, Values
from bench.ways.interface import Sample
from bench.ways.jailed import Jailed, recipe
from designs.build import BuildError, make_geometry
from designs.sandbox.cancel import Cancel
from designs.sandbox.jail import Jail
from designs.sandbox.limits import Limits

SPINNING = "import cadquery as cq\n\nwhile True:\n    pass\n"
LONGEST_SECONDS = 120.0
CALM_SECONDS = 2.5
"""After so long the jail has noticed that a task is a long one."""


def honest_beside(jail: Jail, subject: Subject, values: Iterator[Values], builds: int, attackers: int) -> list[Sample]:
    """Latencies of honest builds while so many scripts spin in the same jail."""
    honest = Jailed(jail)
    with contextlib.ExitStack() as stack:
        for _ in range(attackers):
            stack.enter_context(_spinning(jail, subject))
        if attackers:
            threading.Event().wait(CALM_SECONDS)
        return [honest.once(subject, next(values)) for _ in range(builds)]


@contextlib.contextmanager
def _spinning(jail: Jail, subject: Subject) -> Iterator[None]:
    cancel = Cancel()
    with tempfile.TemporaryDirectory(prefix="cofab-bench-") as folder:
        root = Path(folder) / "design"
        root.mkdir()
        (root / subject.manifest.source).write_text("length = 1.0\n" + SPINNING, "utf-8")

        def attack() -> None:
            with contextlib.suppress(BuildError):
                make_geometry(
                    root,
                    subject.manifest,
                    recipe(subject, {}),
                    Path(folder) / "out",
                    limits=Limits(wall_seconds=LONGEST_SECONDS),
                    jail=jail,
                    cancel=cancel,
                )

        thread = threading.Thread(target=attack)
        thread.start()
        try:
            yield
        finally:
            cancel.cancel()
            thread.join()
