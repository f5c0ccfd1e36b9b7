"""Makes what a script does depend on its recipe alone: chance, ids, clocks and the host's looks are made of the seed.

For honest scripts: same recipe, same part. A hostile one may undo all of this and only loses its cache.
"""

import contextlib
import datetime
import hashlib
import importlib
import os
import random
import time
import uuid
from collections.abc import Callable
from typing import Any, SupportsIndex

EPOCH_S = 1_600_000_000
"""When every build takes place, Unix time: 2020-09-13 12:26:40 UTC. Any moment would do."""
TICK_NS = 1_000_000
"""How far a look at the clock moves it on, so that a script which waits for a moment comes to an end."""
PID = 2
PROCESSORS = 1


def warm_up() -> None:
    """Import what `prepare` needs, before any fork: numpy's generators take longer to load than many a script."""
    with contextlib.suppress(ImportError):  # an environment without it
        importlib.import_module("numpy.random")


def prepare(seed: str) -> None:
    """Change this process so; `seed` is any text, the recipe's digest. Once a process."""
    stream = _Stream(seed)
    _seed_chance(stream)
    _set_clocks(_Clock())
    os.getpid = lambda: PID
    os.getppid = lambda: 1
    os.cpu_count = lambda: PROCESSORS
    os.sched_getaffinity = lambda _pid: set(range(PROCESSORS))


class _Stream:
    """Endless bytes that look like chance."""

    def __init__(self, seed: str) -> None:
        self._key = hashlib.sha256(seed.encode()).digest()
        self._given = 0

    def __call__(self, size: int) -> bytes:
        if size < 0:
            raise ValueError("negative argument not allowed")
        self._given += 1
        return hashlib.shake_256(self._key + self._given.to_bytes(8, "big")).digest(size)


def _seed_chance(urandom: Callable[[int], bytes]) -> None:
    os.urandom = urandom
    random._urandom = urandom  # type: ignore[attr-defined]  # SystemRandom and secrets take it from there
    if hasattr(os, "getrandom"):
        os.getrandom = lambda size, flags=0: urandom(size)
    seed = random.Random.seed

    def seeded(generator: random.Random, a: Any = None, version: int = 2) -> None:
        seed(generator, int.from_bytes(urandom(32), "big") if a is None else a, version)

    random.Random.seed = seeded  # type: ignore[method-assign, assignment]
    hidden = random._inst  # the generator behind the module's functions
    random.seed = hidden.seed
    random.seed()
    _seed_numpy(urandom)

    def next_id(*_told: object, **_more: object) -> uuid.UUID:
        return uuid.UUID(bytes=urandom(16), version=4)

    uuid.uuid4 = uuid.uuid1 = next_id
    uuid.getnode = lambda: 0x02_00_00_00_00_01


def _seed_numpy(urandom: Callable[[int], bytes]) -> None:
    """The global generator, and what `default_rng()` and `SeedSequence()` start from: they ask `secrets`."""
    try:
        import numpy as np
    except ImportError:
        return
    np.random.seed(int.from_bytes(urandom(4), "big"))


class _Clock:
    """Moves when it is looked at, and by what is slept; nanoseconds since the process began."""

    def __init__(self) -> None:
        self._passed = 0
        self._sleep = time.sleep

    def look(self) -> int:
        self._passed += TICK_NS
        return self._passed

    def now(self) -> int:
        """Unix time."""
        return EPOCH_S * 1_000_000_000 + self.look()

    def sleep(self, seconds: float | SupportsIndex, /) -> None:
        self._sleep(seconds)
        self._passed += int(float(seconds) * 1_000_000_000)


def _set_clocks(clock: _Clock) -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    time.sleep = clock.sleep
    time.time_ns = clock.now
    time.time = lambda: clock.now() / 1e9
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, lambda: clock.look() / 1e9)
        setattr(time, f"{name}_ns", clock.look)
    time.clock_gettime = lambda which: (clock.now() if which == time.CLOCK_REALTIME else clock.look()) / 1e9
    time.clock_gettime_ns = lambda which: clock.now() if which == time.CLOCK_REALTIME else clock.look()
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _of_now(getattr(time, name), clock))
    strftime, asctime, localtime = time.strftime, time.asctime, time.localtime
    time.strftime = lambda form, when=None: strftime(form, localtime() if when is None else when)
    time.asctime = lambda when=None: asctime(localtime() if when is None else when)
    _set_dates(clock)


def _of_now(convert: Callable[[float], Any], clock: _Clock) -> Callable[..., Any]:
    return lambda seconds=None: convert(clock.now() / 1e9 if seconds is None else seconds)


def _set_dates(clock: _Clock) -> None:
    """`datetime.now()` and its kin. The types of the standard library cannot be changed: others take their places, and
    count the old ones among theirs."""

    class CountsTheOldOnes(type):
        """Of a type that stands in the place of its base."""

        def __instancecheck__(cls, instance: object) -> bool:
            if cls in (FixedDatetime, FixedDate):
                return isinstance(instance, cls.__base__ or cls)
            return super().__instancecheck__(instance)

    class FixedDatetime(datetime.datetime, metaclass=CountsTheOldOnes):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return cls.fromtimestamp(clock.now() / 1e9, tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.fromtimestamp(clock.now() / 1e9, datetime.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    class FixedDate(datetime.date, metaclass=CountsTheOldOnes):
        @classmethod
        def today(cls) -> Any:
            return cls.fromtimestamp(clock.now() / 1e9)

    for mine, name in ((FixedDatetime, "datetime"), (FixedDate, "date")):
        mine.__name__ = mine.__qualname__ = name
        mine.__module__ = "datetime"
        setattr(datetime, name, mine)
