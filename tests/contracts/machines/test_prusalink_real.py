"""What only the real PrusaLink can show: it or its printer lost during a print, a printer that wants its user, keys."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from printers.machine import MachineConfused, MachineRefused, MachineState, MachineUnreachable, Outcome
from printers.prusalink import PrusaLinkMachine
from testbed.ports import LOOPBACK
from testbed.prusalink import USER, PrusaLink
from testbed.relay import Relay
from tests.contracts.machines.bench import LONG_SECONDS, SHORT_SECONDS, gcode, until_idle
from tests.contracts.machines.prusalink_bench import prusalink_machine
from tests.contracts.machines.test_machine import until, until_running

READ_BLOCK = 65_365


@pytest.fixture
async def machine(prusalink: PrusaLink, tmp_path: Path) -> AsyncIterator[PrusaLinkMachine]:
    machine = prusalink_machine(prusalink, tmp_path)
    yield machine
    await asyncio.to_thread(prusalink.recover)
    await machine.cancel()
    await until_idle(machine)
    await machine.close()


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return gcode(tmp_path, "long.gcode", LONG_SECONDS)


@pytest.fixture
def short(tmp_path: Path) -> Path:
    return gcode(tmp_path, "short.gcode", SHORT_SECONDS)


async def begin(machine: PrusaLinkMachine, name: str, file: Path) -> None:
    await machine.upload(name, file)
    await machine.start(name)
    await until_running(machine, name)


def is_(machine: PrusaLinkMachine, state: MachineState) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return (await machine.status()).state is state

    return holds


async def test_a_print_that_a_crash_cut_short_is_a_start_without_an_end(
    prusalink: PrusaLink, machine: PrusaLinkMachine, long: Path
) -> None:
    await begin(machine, "crashed.gcode", long)
    await asyncio.to_thread(prusalink.server.kill9)
    for ask in (machine.status(), machine.evidence("crashed.gcode")):
        with pytest.raises(MachineUnreachable):
            await ask
    await asyncio.to_thread(prusalink.start)
    evidence = await machine.evidence("crashed.gcode")
    assert (evidence.present, evidence.starts, evidence.running, evidence.outcome) == (True, 1, False, None)
    assert prusalink.starts_seen("crashed.gcode") == 1


async def test_an_unplugged_printer_fails_the_print(
    prusalink: PrusaLink, machine: PrusaLinkMachine, long: Path
) -> None:
    await begin(machine, "unplugged.gcode", long)
    await asyncio.to_thread(prusalink.printer.kill9)
    await until(is_(machine, MachineState.OFFLINE))
    status = await machine.status()
    assert status.message == "Serial device does not exist"
    evidence = await machine.evidence("unplugged.gcode")
    assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, Outcome.FAILED)
    with pytest.raises(MachineRefused, match="Serial device does not exist"):
        await machine.start("unplugged.gcode")
    await asyncio.to_thread(prusalink.start)
    evidence = await machine.evidence("unplugged.gcode")
    assert (evidence.starts, evidence.running, evidence.outcome) == (1, False, Outcome.FAILED)
    assert prusalink.starts_seen("unplugged.gcode") == 1


async def test_a_printer_that_wants_its_user_holds_the_print_up_and_no_more(
    prusalink: PrusaLink, machine: PrusaLinkMachine, long: Path
) -> None:
    await begin(machine, "asks.gcode", long)
    prusalink.ask_for_user()
    try:
        await until(is_(machine, MachineState.PAUSED))
        status = await machine.status()
        assert (status.file, status.message) == (
            "asks.gcode",
            "the printer asks for somebody: see what its display says",
        )
        for ask in (machine.pause(), machine.resume(), machine.cancel()):
            with pytest.raises(MachineRefused, match="ATTENTION"):
                await ask
    finally:
        prusalink.satisfy_user()
    await until_running(machine, "asks.gcode")
    assert (await machine.evidence("asks.gcode")).starts == 1


async def test_nothing_begins_on_a_printer_that_wants_its_user(
    prusalink: PrusaLink, machine: PrusaLinkMachine, short: Path
) -> None:
    await machine.upload("waits.gcode", short)
    prusalink.ask_for_user()
    try:
        await until(is_(machine, MachineState.ERROR))
        with pytest.raises(MachineRefused, match="asks for somebody"):
            await machine.start("waits.gcode")
    finally:
        prusalink.satisfy_user()
    await until_idle(machine)
    assert (await machine.evidence("waits.gcode")).starts == 0


async def test_a_start_whose_answer_is_lost_is_seen_later(
    prusalink: PrusaLink, machine: PrusaLinkMachine, short: Path, tmp_path: Path
) -> None:
    with Relay(prusalink.port) as relay:
        cut_off = PrusaLinkMachine(relay.url, prusalink.api_key, tmp_path / "record", patience_seconds=1)
        await cut_off.upload("unheard.gcode", short)
        relay.hold(b"POST /api/v1/files/", answer=True)
        with pytest.raises(MachineUnreachable):
            await cut_off.start("unheard.gcode")
    await cut_off.close()
    # Another process of the agent finds the record, and PrusaLink still knows which file was its last.
    await until_idle(machine)
    evidence = await machine.evidence("unheard.gcode")
    assert (evidence.starts, evidence.running) == (1, False)
    assert prusalink.starts_seen("unheard.gcode") == 1


async def test_a_start_that_never_arrived_is_told_from_one_that_cannot_be_known(
    prusalink: PrusaLink, machine: PrusaLinkMachine, short: Path, tmp_path: Path
) -> None:
    with Relay(prusalink.port) as relay:
        cut_off = PrusaLinkMachine(relay.url, prusalink.api_key, tmp_path / "record", patience_seconds=1)
        await cut_off.upload("never.gcode", short)
        hold = relay.hold(b"POST /api/v1/files/")
        with pytest.raises(MachineUnreachable):
            await cut_off.start("never.gcode")
        assert hold.caught.is_set()
        assert (await machine.evidence("never.gcode")).starts == 0
        await asyncio.to_thread(prusalink.server.kill9)
    await cut_off.close()
    await asyncio.to_thread(prusalink.start)
    assert (await machine.evidence("never.gcode")).starts is None
    assert prusalink.starts_seen("never.gcode") == 0


async def test_a_print_that_somebody_began_is_not_touched(
    prusalink: PrusaLink, machine: PrusaLinkMachine, long: Path, short: Path
) -> None:
    await machine.upload("ours.gcode", short)
    await machine.upload("theirs.gcode", long)
    await asyncio.to_thread(prusalink.request, "POST", "/api/v1/files/local/theirs.gcode")
    await until_running(machine, "theirs.gcode")
    with pytest.raises(MachineRefused, match="PRINTING"):
        await machine.start("ours.gcode")
    assert (await machine.evidence("theirs.gcode")).starts == 1
    assert (await machine.evidence("ours.gcode")).starts == 0


async def test_an_upload_that_was_cut_leaves_nothing_and_the_next_one_arrives(
    prusalink: PrusaLink, machine: PrusaLinkMachine, short: Path
) -> None:
    head = (
        f"PUT /api/v1/files/local/cut.gcode HTTP/1.1\r\nHost: {LOOPBACK}\r\nX-Api-Key: {prusalink.api_key}\r\n"
        "Content-Type: text/x.gcode\r\nContent-Length: 1000000\r\nOverwrite: ?1\r\n\r\n"
    )
    with socket.create_connection((LOOPBACK, prusalink.port)) as connection:
        connection.sendall(head.encode() + b"G4 P20\n" * 20_000)
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(4096).split(b"\r\n")[0]
    assert not (await machine.evidence("cut.gcode")).present
    await machine.upload("cut.gcode", short)
    assert (await machine.evidence("cut.gcode")).size == short.stat().st_size


async def test_a_file_whose_last_byte_would_be_lost_is_refused_before_it_is_sent(
    machine: PrusaLinkMachine, tmp_path: Path
) -> None:
    file = tmp_path / "unlucky.gcode"
    file.write_bytes(b";" * READ_BLOCK + b"\n")
    with pytest.raises(MachineRefused, match="last byte"):
        await machine.upload("unlucky.gcode", file)
    file.write_bytes(b";" * READ_BLOCK + b"\n\n")
    await machine.upload("unlucky.gcode", file)
    assert (await machine.evidence("unlucky.gcode")).size == READ_BLOCK + 2


async def test_it_says_who_it_is_to_those_who_have_a_key(prusalink: PrusaLink, tmp_path: Path) -> None:
    for key, user in ((prusalink.api_key, None), (prusalink.password, USER)):
        machine = PrusaLinkMachine(prusalink.url, key, tmp_path, user=user)
        assert await machine.check() == "PrusaLink 0.8.1"
        await machine.close()
    for key, user in (("wrong-key", None), ("wrong-password", USER), (prusalink.password, "nobody")):
        stranger = PrusaLinkMachine(prusalink.url, key, tmp_path, user=user)
        with pytest.raises(MachineRefused, match="API key of PrusaLink's settings page"):
            await stranger.check()
        with pytest.raises(MachineRefused):
            await stranger.status()
        await stranger.close()


async def test_a_damaged_record_proves_nothing(machine: PrusaLinkMachine, tmp_path: Path, short: Path) -> None:
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "record.json").write_text('{"runs": [')
    with pytest.raises(MachineConfused, match="move it away"):
        await machine.evidence("a.gcode")
    with pytest.raises(MachineConfused, match="move it away"):
        await machine.upload("a.gcode", short)
    (tmp_path / "record" / "record.json").unlink()
