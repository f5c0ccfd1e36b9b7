"""Adding a real OctoPrint: the key is granted in OctoPrint by its administrator, not copied by hand."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from fabnode.cli import fabnode
from fabnode.config import load_config
from printers.machine import MachineError
from testbed.octoprint import OctoPrint
from tests.fabnode.conftest import Lab


def test_a_key_is_asked_for_granted_and_kept(lab: Lab, tmp_path: Path) -> None:
    lab.config()
    with OctoPrint(tmp_path / "octoprint") as octoprint:
        add = ["--home", str(lab.home.folder), "machine", "add", "octoprint", octoprint.url]
        details = ["--key", "mk3s", "--profile", "prusa-mk3s", "--material", "PLA"]

        denying = threading.Thread(target=octoprint.approve_appkey, kwargs={"grant": False})
        denying.start()
        denied = CliRunner().invoke(fabnode, [*add, *details])
        denying.join()
        assert isinstance(denied.exception, MachineError)
        assert "denied" in str(denied.exception)
        assert load_config(lab.home.config).machines == ()

        granting = threading.Thread(target=octoprint.approve_appkey)
        granting.start()
        added = CliRunner().invoke(fabnode, [*add, *details])
        granting.join()
        assert added.exit_code == 0, added.output or added.exception
        assert "/plugin/appkeys/auth/" in added.stderr
        assert "Added mk3s (OctoPrint 1.11.8)" in added.stdout

    (machine,) = load_config(lab.home.config).machines
    assert machine.key_file == Path("keys/mk3s")
    key = lab.home.folder / "keys" / "mk3s"
    assert key.stat().st_mode & 0o077 == 0
    assert octoprint.admin_api_key not in key.read_text()


def test_nobody_at_the_address_is_said(lab: Lab) -> None:
    lab.config()
    wanted = ["--home", str(lab.home.folder), "machine", "add", "octoprint", "http://127.0.0.1:9"]
    result = CliRunner().invoke(fabnode, wanted)
    assert isinstance(result.exception, MachineError)
    assert "127.0.0.1:9" in str(result.exception)
    with pytest.raises(FileNotFoundError):
        (lab.home.folder / "keys").stat()
