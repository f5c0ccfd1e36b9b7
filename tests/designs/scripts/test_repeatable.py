"""Chance, ids and clocks of a process that was prepared: the same for one seed, other ones for another."""

import subprocess
import sys

import pytest

LOOK = """
import datetime as dt, os, random, secrets, sys, time, uuid
import numpy as np
from datetime import date, datetime
from designs.scripts import repeatable
before, old = datetime(2020, 1, 2), datetime
repeatable.prepare(sys.argv[1])
from datetime import date, datetime

print(random.random(), random.Random().random(), random.SystemRandom().random(), secrets.token_hex(4), os.urandom(3))
print(uuid.uuid4(), uuid.uuid1(), np.random.rand(), np.random.default_rng().random(), np.random.PCG64().random_raw())
random.seed()
print(random.random())

assert os.urandom(4) != os.urandom(4) and len(os.urandom(0)) == 0
random.seed(5); first = random.random()
assert first == random.Random(5).random() == np.float64(first)
assert time.time() < time.time() and time.monotonic_ns() < time.monotonic_ns()
start = time.time(); time.sleep(0.002); assert time.time() >= start + 0.002
assert isinstance(before, datetime) and isinstance(datetime.now(), old) and isinstance(datetime.now(), date)
assert not isinstance(date.today(), datetime) and type(datetime.now() + dt.timedelta(1)) is datetime
assert datetime.now(dt.UTC).utcoffset() == dt.timedelta(0) and datetime.now() - before > dt.timedelta(0)
class Mine(datetime): pass
assert not isinstance(datetime.now(), Mine) and isinstance(Mine.now(), Mine)
assert time.strftime("%Y") == time.strftime("%Y", time.localtime()) == str(date.today().year) == "2020"
assert time.gmtime(0).tm_year == 1970 and time.tzname[0] == "UTC"
"""


def looks(seed: str, hash_seed: str = "1") -> str:
    environment = {"PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    return subprocess.run(
        [sys.executable, "-c", LOOK, seed], check=True, capture_output=True, text=True, env=environment
    ).stdout


def test_one_seed_one_life() -> None:
    assert looks("a") == looks("a", hash_seed="2") != looks("b")


@pytest.mark.parametrize("wait", ["while time.time() < start + 5: pass", "while time.perf_counter() < 5: pass"])
def test_waiting_for_a_moment_ends(wait: str) -> None:
    code = f"import time\nfrom designs.scripts import repeatable\nrepeatable.prepare('')\nstart = time.time()\n{wait}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
