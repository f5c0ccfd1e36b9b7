"""What Klipper's objects and Moonraker's history mean, together: pure."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from printers.machine import Evidence, MachineConfused, MachineState, Outcome
from printers.moonraker_messages import OBJECTS, Job, Listener, Printer, read_camera, read_evidence, read_jobs

FILE = "a.gcode"
PRINT_STATES = ("standby", "printing", "paused", "complete", "cancelled", "error")
RECORDED = ("in_progress", "completed", "cancelled", "error", "klippy_shutdown", "klippy_disconnect", "interrupted")
LOST_SIGHT = ("in_progress", "klippy_disconnect", "interrupted", "server_exit")


def printer(
    state: str, file: str = FILE, *, klipper: str = "ready", active: bool = False, moves: str = "Ready"
) -> Printer:
    return Printer(
        {
            "webhooks": {"state": klipper, "state_message": "why"},
            "print_stats": {"state": state, "filename": file, "message": "what"},
            "virtual_sdcard": {"is_active": active, "progress": 0.5},
            "idle_timeout": {"state": moves},
        }
    )


def jobs(*statuses: str, file: str = FILE) -> list[Job]:
    """Newest first."""
    return [Job(str(key), file, status) for key, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (printer("printing", active=True), MachineState.PRINTING),
        (printer("paused"), MachineState.PAUSED),
        (printer("standby", active=True), MachineState.BUSY),
        (printer("standby"), MachineState.IDLE),
        (printer("complete"), MachineState.IDLE),
        (printer("cancelled"), MachineState.IDLE),
        (printer("error"), MachineState.IDLE),
        (printer("complete", moves="Printing"), MachineState.BUSY),
        (printer("paused", klipper="shutdown"), MachineState.ERROR),
        (printer("printing", klipper="error"), MachineState.ERROR),
        (printer("standby", klipper="startup"), MachineState.OFFLINE),
        (Printer({}), MachineState.OFFLINE),
    ],
)
def test_the_state_is_klippers_before_it_is_the_prints(told: Printer, state: MachineState) -> None:
    assert told.state is state


def test_the_message_is_of_what_is_wrong() -> None:
    assert printer("paused", klipper="shutdown").message == "why"
    assert printer("error").message == "what"


@pytest.mark.parametrize("last", [None, *RECORDED])
def test_a_running_file_is_begun_and_not_ended(last: str | None) -> None:
    told = read_evidence(FILE, 4, printer("printing", active=True), jobs(*([last] if last else [])))
    assert (told.running, told.outcome) == (True, None)
    # What Moonraker lost sight of is this run; what it saw ending is an earlier one.
    assert told.starts == (1 if last is None or last in LOST_SIGHT else 2)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("complete", Outcome.DONE), ("cancelled", Outcome.CANCELLED), ("error", Outcome.FAILED)],
)
@pytest.mark.parametrize("last", [None, *RECORDED])
def test_klipper_knows_the_end_better(state: str, outcome: Outcome, last: str | None) -> None:
    told = read_evidence(FILE, 4, printer(state), jobs(*([last] if last else [])))
    assert told == Evidence(FILE, present=True, size=4, starts=1, outcome=outcome)


@pytest.mark.parametrize("now", [None, printer("standby", ""), printer("printing", "b.gcode", active=True)])
@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("completed", Outcome.DONE),
        ("cancelled", Outcome.CANCELLED),
        ("error", Outcome.FAILED),
        ("klippy_shutdown", Outcome.FAILED),
        *((status, None) for status in LOST_SIGHT),
        ("a word of tomorrow", None),
    ],
)
def test_afterwards_the_history_tells(now: Printer | None, last: str, outcome: Outcome | None) -> None:
    told = read_evidence(FILE, None, now, [*jobs("completed", file="b.gcode"), *jobs(last, "cancelled")])
    assert told == Evidence(FILE, present=False, starts=2, outcome=outcome)


def test_a_shutdown_of_klipper_ends_the_print_that_was_on() -> None:
    for state in ("printing", "paused"):
        told = read_evidence(FILE, 4, printer(state, klipper="shutdown"), jobs("in_progress"))
        assert (told.running, told.outcome, told.starts) == (False, Outcome.FAILED, 1)


@settings(deadline=None)
@given(
    st.sampled_from(PRINT_STATES),
    st.sampled_from([FILE, "b.gcode", ""]),
    st.sampled_from(["ready", "shutdown", "startup", "error"]),
    st.lists(st.sampled_from(RECORDED), max_size=4),
)
def test_no_recorded_start_is_ever_lost(state: str, file: str, klipper: str, recorded: list[str]) -> None:
    told = read_evidence(FILE, 4, printer(state, file, klipper=klipper), jobs(*recorded))
    assert told.starts is not None
    assert len(recorded) <= told.starts <= len(recorded) + 1
    assert not (told.running and told.outcome)
    assert not (file != FILE and told.running)
    if told.running or told.outcome:
        assert told.starts


@pytest.mark.parametrize("listed", [{}, {"jobs": {}}, {"jobs": [None]}, {"jobs": [{"job_id": "1", "status": 7}]}])
def test_a_history_of_another_kind_is_confusion(listed: dict[str, object]) -> None:
    with pytest.raises(MachineConfused):
        read_jobs(listed)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*OBJECTS, "state", "job"]), inner),
    max_leaves=6,
)
METHODS = st.sampled_from(["notify_status_update", "notify_klippy_disconnected", "notify_proc_stat_update", ""])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.fixed_dictionaries({"method": METHODS, "params": JSON}), max_size=3))
def test_any_notification_is_read(messages: list[dict[str, object]]) -> None:
    listener = Listener()
    for message in messages:
        event = listener.read(message)
        assert event is None or event.status is not None


@pytest.mark.parametrize(
    ("webcams", "url"),
    [
        ([{"enabled": True, "snapshot_url": "/webcam/?action=snapshot"}], "http://voron/webcam/?action=snapshot"),
        ([{"enabled": False, "snapshot_url": "/a"}, {"snapshot_url": "http://cam:8080/b"}], "http://cam:8080/b"),
        ([{"enabled": True, "snapshot_url": ""}], None),
        ([], None),
        (None, None),
        (["nonsense", 7], None),
    ],
)
def test_the_camera_stands_on_the_web_servers_own_port(webcams: object, url: str | None) -> None:
    assert read_camera("http://voron:7125", {"webcams": webcams}) == url
