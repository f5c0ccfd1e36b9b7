"""Who waits over an open connection of this process: kept alive in the database by one write for all of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from registry.core.builds import GRACE, Asker
from registry.ids import BuildId


class Waiters:
    """Connections that follow a build or wait for an artifact. Only to be used on the event loop's thread."""

    def __init__(self) -> None:
        self._open: Counter[tuple[BuildId, str, Asker]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._open)

    @contextmanager
    def hold(self, build: BuildId, artifact: str, asker: Asker) -> Iterator[None]:
        """The asker waits until the end of the block, unless it lets go before."""
        key = (build, artifact, asker)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if self._open[key] <= 0:
                del self._open[key]

    def let_go(self, build: BuildId, waiter: str) -> None:
        """This waiter waits no longer, though its connections may be open still for a moment."""
        for key in [key for key in self._open if key[0] == build and key[2].key == waiter]:
            del self._open[key]

    def others_of(self, waiter: str, build: BuildId) -> frozenset[BuildId]:
        """What else this waiter is held for: it wants another build now."""
        return frozenset(key[0] for key in self._open if key[2].key == waiter and key[0] != build)

    def rows(self, now: datetime) -> list[dict[str, object]]:
        """What is to be noted about them, so that they count as waiting for a while from now on."""
        held = {(build, artifact, asker.key): asker.who for build, artifact, asker in self._open}
        return [
            {"build_id": build, "artifact": artifact, "waiter": waiter, "who": who, "until": now + GRACE}
            for (build, artifact, waiter), who in held.items()
        ]
