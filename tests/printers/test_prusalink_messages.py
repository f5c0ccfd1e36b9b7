"""What PrusaLink's answers mean: pure."""

import pytest

from printers.machine import MachineConfused, MachineState
from printers.prusalink_messages import (
    file_name,
    may_be_driven,
    read_folder,
    read_job_file,
    read_job_number,
    read_selected,
    read_size,
    read_status,
)


def status(state: str, *, job: bool = False, trouble: str | None = None) -> dict[str, object]:
    condition = {"ok": trouble is None, "message": trouble or "OK"}
    told: dict[str, object] = {
        "printer": {"state": state, "temp_nozzle": 215.5, "temp_bed": 60.0, "status_printer": condition}
    }
    if job:
        told["job"] = {"id": 7, "progress": 25.0, "time_remaining": 90}
    return told


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (status("IDLE"), MachineState.IDLE),
        (status("READY"), MachineState.IDLE),
        (status("BUSY"), MachineState.BUSY),
        (status("FINISHED"), MachineState.BUSY),
        (status("STOPPED"), MachineState.BUSY),
        (status("PRINTING"), MachineState.BUSY),
        (status("ATTENTION"), MachineState.ERROR),
        (status("ERROR", trouble="Firmware detected a hardware issue"), MachineState.ERROR),
        (status("ERROR", trouble="Serial device does not exist"), MachineState.OFFLINE),
        (status("PRINTING", job=True), MachineState.PRINTING),
        (status("PAUSED", job=True), MachineState.PAUSED),
        (status("ATTENTION", job=True), MachineState.PAUSED),
        (status("BUSY", job=True), MachineState.BUSY),
        (status("FINISHED", job=True), MachineState.BUSY),
        (status("SOMETHING NEW"), MachineState.BUSY),
    ],
)
def test_only_what_could_begin_a_print_is_idle(told: dict[str, object], state: MachineState) -> None:
    look = read_status(told)
    assert look.status().state is state
    assert look.startable is (state is MachineState.IDLE)


def test_the_figures_are_of_the_job() -> None:
    told = read_status(status("PRINTING", job=True)).status()
    assert (told.progress, told.seconds_left, told.nozzle_c, told.bed_c) == (0.25, 90, 215.5, 60.0)
    told = read_status(status("IDLE")).status()
    assert (told.progress, told.seconds_left, told.message) == (None, None, None)


def test_attention_is_put_into_words() -> None:
    assert "display" in (read_status(status("ATTENTION", job=True)).message or "")
    assert read_status(status("ATTENTION", trouble="Bed")).message == "Bed"


@pytest.mark.parametrize("told", [{}, {"printer": []}, {"printer": {"state": 5}}, {"printer": {"state": ""}}])
def test_a_status_without_a_state_is_confusion(told: dict[str, object]) -> None:
    with pytest.raises(MachineConfused, match="no state"):
        read_status(told)


@pytest.mark.parametrize("number", [None, True, "7", 7.0])
def test_a_job_without_a_number_is_a_job(number: object) -> None:
    look = read_status({"printer": {"state": "PRINTING"}, "job": {"id": number, "progress": float("nan")}})
    assert look.working
    assert (look.job, look.progress) == (None, None)
    assert read_job_number({"id": 7}) == 7


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/PrusaLink gcodes/a.gcode", "a.gcode"),
        ("/PrusaLink gcodes/sub/a.gcode", "/PrusaLink gcodes/sub/a.gcode"),
        ("/SD Card/a.gcode", "/SD Card/a.gcode"),
        ("/SD Card/LONGNA~1.GCO", "/SD Card/LONGNA~1.GCO"),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_file_elsewhere_is_never_ours(path: object, name: str | None) -> None:
    assert file_name(path, "PrusaLink gcodes") == name
    assert read_job_file({"file": {"path": path}}, "PrusaLink gcodes") == name
    assert read_selected({"job": {"file": {"path": path}}}, "PrusaLink gcodes") == name


def test_the_local_storage_is_found_among_others() -> None:
    entries = [{"path": "/sdcard"}, "nonsense", {"path": "/local", "name": "gcodes"}]
    assert read_folder({"storage_list": entries}) == "gcodes"
    for told in ({}, {"storage_list": 5}, {"storage_list": entries[:2]}, {"storage_list": [{"path": "/local"}]}):
        with pytest.raises(MachineConfused, match="no local storage"):
            read_folder(told)


@pytest.mark.parametrize("size", [None, "4", -1, True, 4.0])
def test_a_size_that_is_none_is_confusion(size: object) -> None:
    with pytest.raises(MachineConfused, match="no size"):
        read_size({"size": size})


@pytest.mark.parametrize("version", ["0.8.0", "0.8.1", "0.9.0+local", "1.0.0"])
def test_these_versions_may_be_driven(version: str) -> None:
    assert may_be_driven(version)


@pytest.mark.parametrize("version", ["0.7.2", "0.8.0rc1", "0.8.0.dev2", "2.1", "", "?"])
def test_these_may_not(version: str) -> None:
    assert not may_be_driven(version)
