"""The real Moonraker and the real Klippy beside a micro-controller of ours, on loopback, in a folder of their own.

Provisioned by files before the start. Moonraker asks everybody for its API key, but for those who come from the
address TRUSTED: the testbed itself, which fetches the key from there.
"""

import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from testbed.ports import LOOPBACK, free_port
from testbed.process import Server, wait_until

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".tools" / "moonraker" / "bin"
WITNESS = Path(__file__).parent / "plugins" / "klippy_witness.py"
TRUSTED = "127.0.0.2"
REQUEST_SECONDS = 20
READY_SECONDS = 30

PRINTER = """
[mcu]
serial: {folder}/mcu
restart_method: command

[printer]
kinematics: none
max_velocity: 5000
max_accel: 100000

[virtual_sdcard]
path: {folder}/data/gcodes

[pause_resume]
[display_status]

[fan]
pin: fan

[adc_temperature linear]
temperature1: 0
voltage1: 0
temperature2: 500
voltage2: 5

[extruder]
step_pin: step
dir_pin: direction
rotation_distance: 20
microsteps: 16
nozzle_diameter: 0.4
filament_diameter: 1.75
heater_pin: nozzle_heater
sensor_type: linear
sensor_pin: nozzle_sensor
control: watermark
min_temp: 0
max_temp: 300

[heater_bed]
heater_pin: bed_heater
sensor_type: linear
sensor_pin: bed_sensor
control: watermark
min_temp: 0
max_temp: 130
"""

SERVER = """
[server]
host: {host}
port: {port}
klippy_uds_address: {folder}/klippy.sock

[authorization]
trusted_clients:
    {trusted}

[machine]
provider: none
validate_service: False
validate_config: False

[history]
"""


class Moonraker:
    """Context manager. The three processes can be stopped, killed and started again one by one."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder.resolve()
        self.port = port or free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._record = self.folder / "begun.txt"
        self.mcu = Server(
            [sys.executable, "-m", "testbed.klipper_mcu", str(self.folder / "mcu")],
            ready=(self.folder / "mcu").is_symlink,
            log=self.folder / "mcu.console.log",
            cwd=ROOT,
        )
        self.klippy = Server(
            [
                *(str(ENVIRONMENT / "python"), str(WITNESS), str(self._record)),
                *("-a", str(self.folder / "klippy.sock"), "-I", str(self.folder / "klippy.tty")),
                *("-l", str(self.folder / "klippy.log"), str(self.folder / "printer.cfg")),
            ],
            ready=self._klippy_listens,
            log=self.folder / "klippy.console.log",
        )
        self.server = Server(
            [str(ENVIRONMENT / "moonraker"), "-d", str(self.folder / "data"), "-n"],
            ready=self._answers,
            log=self.folder / "moonraker.console.log",
        )

    def start(self) -> None:
        """Start what does not run, and return when the printer is ready."""
        self._provision()
        self.mcu.start()
        self.klippy.start()
        self.server.start()
        self.wait_for_klippy("ready")
        # Only then does Moonraker listen to the printer for good: a print begun before is missed by its history.
        wait_until(self._listens, seconds=READY_SECONDS, what="Moonraker to listen to Klippy")

    def recover(self) -> None:
        """Make the printer ready again, whatever has befallen it."""
        if not self.mcu.running:
            self.klippy.stop()  # It would wait for the one it has lost.
        elif self.klippy.running and self.server.running and self.klippy_state() != "ready":
            self.request("POST", "/printer/firmware_restart")
        self.start()

    def stop(self) -> None:
        for server in (self.server, self.klippy, self.mcu):
            server.stop()

    @property
    def api_key(self) -> str:
        key: str = self.request("GET", "/access/api_key")["result"]
        return key

    def request(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """An API call from the trusted address; an error status raises."""
        transport = httpx.HTTPTransport(local_address=TRUSTED, trust_env=False, verify=False)
        with httpx.Client(base_url=self.url, transport=transport, timeout=REQUEST_SECONDS) as client:
            answer: dict[str, Any] = client.request(method, path, json=body).raise_for_status().json()
            return answer

    def klippy_state(self) -> str:
        """Moonraker's word for the printer's state: disconnected, startup, ready, error or shutdown."""
        state: str = self.request("GET", "/server/info")["result"]["klippy_state"]
        return state

    def wait_for_klippy(self, state: str) -> None:
        wait_until(lambda: self.klippy_state() == state, seconds=READY_SECONDS, what=f"Klippy to be {state}")

    def begun(self) -> list[str]:
        """The names of the files that Klippy began since the folder was made, by a record of its own."""
        return self._record.read_text().splitlines() if self._record.exists() else []

    def starts_seen(self, name: str) -> int:
        return self.begun().count(name)

    def _provision(self) -> None:
        for name in ("config", "gcodes", "logs"):
            (self.folder / "data" / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "printer.cfg").write_text(PRINTER.format(folder=self.folder))
        text = SERVER.format(folder=self.folder, host=LOOPBACK, port=self.port, trusted=TRUSTED)
        (self.folder / "data" / "config" / "moonraker.conf").write_text(text)

    def _klippy_listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.folder / "klippy.sock")) == 0

    def _listens(self) -> bool:
        return bool(self.request("GET", "/server/temperature_store")["result"])

    def _answers(self) -> bool:
        try:
            return bool(self.klippy_state())
        except httpx.HTTPError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main() -> None:
    """Run all three in the folder named on the command line until a line is read: for trying things by hand."""
    with Moonraker(Path(sys.argv[1])) as moonraker:
        print(moonraker.url, moonraker.api_key)
        input("Press Enter to stop it. ")


if __name__ == "__main__":
    main()
