"""Drivers are found by their kind, and say what is wrong with a machine's settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from printers.drivers import BadSettings, driver_kinds, find_driver
from printers.moonraker import MoonrakerMachine
from printers.octoprint import OctoPrintMachine
from printers.prusalink import PrusaLinkMachine
from printers.virtual import VirtualMachine


def test_every_kind_is_found_by_its_module() -> None:
    kinds = driver_kinds()
    assert {"moonraker", "octoprint", "prusalink", "virtual"} <= set(kinds)
    assert [find_driver(kind).kind for kind in kinds] == kinds
    assert find_driver("moonraker") is MoonrakerMachine
    assert find_driver("octoprint") is OctoPrintMachine
    assert find_driver("prusalink") is PrusaLinkMachine
    assert find_driver("virtual") is VirtualMachine


@pytest.mark.parametrize("kind", ["", "nonesuch", "machine", "gcode", "os", "octoprint_messages", "../virtual"])
def test_an_unknown_kind_names_those_that_exist(kind: str) -> None:
    with pytest.raises(BadSettings, match=", ".join(driver_kinds())):
        find_driver(kind)


def test_settings_make_a_machine_without_contacting_it(tmp_path: Path) -> None:
    key = "k" * 32
    for url in ("http://octopi.local", "https://octopi.local:8443/printer/", "http://127.0.0.1:5000"):
        assert find_driver("octoprint").from_settings("mk3", {"url": url, "api_key": key})
        assert find_driver("moonraker").from_settings("mk3", {"url": url, "api_key": key})
        assert find_driver("moonraker").from_settings("mk3", {"url": url})
        prusalink = {"url": url, "folder": str(tmp_path / "record")}
        assert find_driver("prusalink").from_settings("mk3", prusalink | {"api_key": key})
        assert find_driver("prusalink").from_settings("mk3", prusalink | {"api_key": "pass word!", "user": "maker"})
    assert not (tmp_path / "record").exists()
    assert find_driver("virtual").from_settings("mk3", {"folder": str(tmp_path), "print_seconds": "2.5"})


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("octoprint", {"api_key": "k" * 32}, "url"),
        ("octoprint", {"url": "octopi.local", "api_key": "k" * 32}, "url"),
        ("octoprint", {"url": "http://user:secret@octopi.local", "api_key": "k" * 32}, "url"),
        ("octoprint", {"url": "file:///etc/passwd", "api_key": "k" * 32}, "url"),
        ("octoprint", {"url": "http://octopi.local"}, "api_key"),
        ("octoprint", {"url": "http://octopi.local", "api_key": "short\r\nX: y"}, "api_key"),
        ("moonraker", {}, "url"),
        ("moonraker", {"url": "voron.local"}, "url"),
        ("moonraker", {"url": "http://voron.local", "api_key": "short\r\nX: y"}, "api_key"),
        ("prusalink", {"api_key": "k" * 32, "folder": "x"}, "url"),
        ("prusalink", {"url": "http://mk3.local", "folder": "x"}, "api_key"),
        ("prusalink", {"url": "http://mk3.local", "folder": "x", "api_key": "a\r\nX: y"}, "api_key"),
        ("prusalink", {"url": "http://mk3.local", "api_key": "k" * 32}, "folder"),
        ("prusalink", {"url": "http://mk3.local", "folder": "x", "api_key": "k", "user": "a:b"}, "user"),
        ("virtual", {}, "folder"),
        ("virtual", {"folder": "x", "print_seconds": "soon"}, "print_seconds"),
        ("virtual", {"folder": "x", "process": "sewing"}, "process must be one of fdm, laser, cnc, not 'sewing'"),
    ],
)
def test_bad_settings_name_the_machine_and_the_setting(kind: str, settings: dict[str, str], says: str) -> None:
    with pytest.raises(BadSettings, match=f"'mk3'.*{says}"):
        find_driver(kind).from_settings("mk3", settings)


def test_finding_one_driver_imports_no_other() -> None:
    script = (
        "import sys; from printers.drivers import find_driver; find_driver('virtual'); print('aiohttp' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "False\n"
    )
