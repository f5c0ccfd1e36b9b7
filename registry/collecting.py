"""Python's collector of cycles in a process that serves for long.

It comes round after so many new objects and looks through all that are young, now and then through all there are. A
claim makes many objects and no cycles: looking for them took a third of its time (`make bench-dispatch`), and with ten
thousand agents parked a look through everything keeps everybody waiting.
"""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 100
"""When each generation is looked through (https://docs.python.org/3/library/gc.html#gc.set_threshold): cycles may wait
for some MiB."""


def collect_seldom() -> None:
    """Never look again through what is there now, for it stays; and through what comes, less often. Once a process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
