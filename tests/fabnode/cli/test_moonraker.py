"""Adding a real Moonraker: with its key where it does not trust the agent's address, and what is said without."""

from pathlib import Path

from click.testing import CliRunner

from fabnode.agent import open_machine
from fabnode.cli import fabnode
from fabnode.config import load_config
from printers.machine import MachineError
from printers.moonraker import MoonrakerMachine
from testbed.moonraker import Moonraker
from tests.fabnode.conftest import Lab


def test_a_key_is_needed_kept_and_used(lab: Lab, tmp_path: Path) -> None:
    lab.config()
    with Moonraker(tmp_path / "moonraker") as moonraker:
        add = ["--home", str(lab.home.folder), "machine", "add", "moonraker", moonraker.url]
        details = ["--key", "voron", "--profile", "generic", "--material", "PETG:orange"]

        stranger = CliRunner().invoke(fabnode, [*add, *details])
        assert isinstance(stranger.exception, MachineError)
        assert "trusted_clients" in str(stranger.exception)
        assert load_config(lab.home.config).machines == ()

        added = CliRunner().invoke(fabnode, [*add, *details, "--api-key", moonraker.api_key])
        assert added.exit_code == 0, added.output or added.exception
        assert "Added voron (Moonraker 0.11.0)" in added.stdout
        key = lab.home.folder / "keys" / "voron"
        assert key.read_text().strip() == moonraker.api_key

    (machine,) = load_config(lab.home.config).machines
    assert (machine.driver, machine.key_file) == ("moonraker", Path("keys/voron"))
    assert key.stat().st_mode & 0o077 == 0
    assert isinstance(open_machine(machine, lab.home), MoonrakerMachine)
