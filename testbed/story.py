"""How the demo tells what it does: a line when a stage begins, its seconds when it ends, and the story at the end."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

BOLD, GREEN, DIM, PLAIN = ("\033[1m", "\033[32m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "", "")


class Story:
    """Collects the stages of one run and how long each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: list[str] = []

    @contextmanager
    def stage(self, key: str, title: str) -> Iterator[None]:
        """One stage; its time is kept even when it fails."""
        print(f"{BOLD}›{PLAIN} {title} …", flush=True)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[key] = round(time.monotonic() - begun, 2)
        print(f"  {GREEN}done{PLAIN} {DIM}{self.seconds[key]:.1f} s{PLAIN}", flush=True)

    def tell(self, line: str) -> None:
        """Something that happened: shown now, and again in the story at the end."""
        print(f"  {line}", flush=True)
        self.lines.append(line)

    def print_whole(self) -> None:
        print(f"\n{BOLD}The whole story{PLAIN}")
        for line in self.lines:
            print(f"  {line}")
        print(f"\n{BOLD}How long each stage took{PLAIN}")
        width = max(map(len, self.seconds))
        for key, seconds in self.seconds.items():
            print(f"  {key:<{width}}  {seconds:7.1f} s")
        print(f"  {'all':<{width}}  {sum(self.seconds.values()):7.1f} s", flush=True)
