"""The real OctoPrint with its bundled virtual printer, on loopback, in a folder of its own.

Provisioned by files before the start: no wizard, access control on, one administrator whose API key is known.
The plugin in plugins/ makes the virtual printer faster and records print events across kill -9.
"""

import base64
import hashlib
import json
import secrets
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from testbed.ports import LOOPBACK, free_port
from testbed.process import Server, wait_until

ADMIN = "admin"
ROOT = Path(__file__).parent.parent
EXECUTABLE = ROOT / ".tools" / "octoprint" / "bin" / "octoprint"
PLUGIN = Path(__file__).parent / "plugins" / "cofab_testbed.py"
DISABLED_PLUGINS = (
    "achievements",
    "announcements",
    "backup",
    "discovery",
    "errortracking",
    "health_check",
    "pi_support",
    "pluginmanager",
    "softwareupdate",
    "tracking",
)
PASSWORD_ROUNDS = 29_000
REQUEST_SECONDS = 20


@dataclass(frozen=True)
class PrintEvent:
    """One entry of the testbed plugin's own record."""

    at: float
    """Seconds since the epoch."""
    event: str
    """PrintStarted, PrintDone, PrintFailed, PrintCancelled, PrintPaused, PrintResumed"""
    path: str | None


@dataclass(frozen=True)
class _Access:
    port: int
    password: str
    admin_api_key: str


class OctoPrint(Server):
    """Context manager; `start`, `stop`, `kill9`, `restart` keep folder, port and keys.

    speed: how much faster than OctoPrint's own virtual printer moves, dwells and answers are. command_interval_s:
    pause after each command, for prints that must last a known while.
    """

    def __init__(self, folder: Path, *, speed: float = 1000, command_interval_s: float = 0, port: int = 0) -> None:
        self.folder = folder.resolve()
        self._pace = {"speed": speed, "command_interval_s": command_interval_s}
        access = self._access(port)
        self.port = access.port
        self.password = access.password
        self.admin_api_key = access.admin_api_key
        self.url = f"http://{LOOPBACK}:{self.port}"
        super().__init__(
            [
                *(str(EXECUTABLE), "serve", "--iknowwhatimdoing", "--basedir", str(self.folder)),
                *("--host", LOOPBACK, "--port", str(self.port)),
            ],
            ready=self._operational,
            log=self.folder / "console.log",
        )

    def _access(self, port: int) -> "_Access":
        """Port and secrets: those of an earlier life of this folder, or new ones."""
        kept = self.folder / "testbed.json"
        if kept.exists():
            return _Access(**json.loads(kept.read_text()))
        access = _Access(port or free_port(), secrets.token_urlsafe(12), secrets.token_hex(16))
        self.folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(access)))
        return access

    def start(self) -> None:
        """Start and return when the virtual printer is operational."""
        self._provision()
        super().start()

    def approve_appkey(self, *, app: str | None = None, grant: bool = True, seconds: float = 20) -> None:
        """Decide, as the administrator, on the oldest pending Application Keys request (of this app)."""
        found: list[str] = []

        def pending() -> bool:
            entries = self.request("GET", "/api/plugin/appkeys").json()["pending"]
            found.extend(token for token, entry in entries.items() if app in (None, entry["app_id"]))
            return bool(found)

        wait_until(pending, seconds=seconds, what="an application key request")
        self.request("POST", f"/plugin/appkeys/decision/{found[0]}", {"decision": grant})

    def printer_command(self, *commands: str) -> None:
        """Send commands to the virtual printer by hand."""
        self.request("POST", "/api/printer/command", {"commands": list(commands)})

    def debug(self, command: str) -> None:
        """One of the virtual printer's fault commands: drop_connection, trigger_fatal_error_marlin, go_awol …"""
        self.printer_command(f"!!DEBUG:{command}")

    def set_pace(self, *, speed: float, command_interval_s: float = 0) -> None:
        """Make a running print faster or slower."""
        self._pace = {"speed": speed, "command_interval_s": command_interval_s}
        self.request("POST", "/api/settings", {"plugins": {"cofab_testbed": self._pace}})

    def connect_printer(self) -> None:
        """Connect OctoPrint to its printer again, after a fault has dropped it."""
        self.request("POST", "/api/connection", {"command": "connect", "port": "VIRTUAL", "baudrate": 0})
        wait_until(self._operational, seconds=30, what="the virtual printer to be operational again")

    def disconnect_printer(self) -> None:
        self.request("POST", "/api/connection", {"command": "disconnect"})
        wait_until(lambda: not self._operational(), seconds=30, what="the virtual printer to be closed")

    def events(self) -> list[PrintEvent]:
        """Every print event since the folder was made, in order."""
        record = self.folder / "print-events.jsonl"
        if not record.exists():
            return []
        complete = record.read_text().rpartition("\n")[0]
        return [PrintEvent(**json.loads(line)) for line in complete.splitlines()]

    def print_counts(self) -> dict[str, int]:
        """How often each file was begun, by the plugin's record: independent of what OctoPrint's API tells."""
        counts: dict[str, int] = {}
        for event in self.events():
            if event.event == "PrintStarted" and event.path:
                counts[event.path] = counts.get(event.path, 0) + 1
        return counts

    def state_text(self) -> str:
        """OctoPrint's own word for its state: Operational, Printing, Paused, Offline after error …"""
        state: str = self.request("GET", "/api/job").json()["state"]
        return state

    def wait_for_state(self, text: str, *, seconds: float = 60) -> None:
        wait_until(lambda: self.state_text() == text, seconds=seconds, what=f"OctoPrint to be {text}")

    def files(self) -> list[str]:
        """Names of the files in local storage."""
        listed = self.request("GET", "/api/files/local?recursive=true").json()["files"]
        return [entry["path"] for entry in listed if entry["type"] != "folder"]

    def request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """An API call as the administrator; an error status raises."""
        headers = {"X-Api-Key": self.admin_api_key}
        with httpx.Client(
            base_url=self.url, headers=headers, timeout=REQUEST_SECONDS, trust_env=False, verify=False
        ) as client:
            return client.request(method, path, json=body).raise_for_status()

    def _operational(self) -> bool:
        try:
            return self.state_text() == "Operational"
        except httpx.HTTPError:
            return False

    def _provision(self) -> None:
        """Write configuration, user and plugin, unless the folder has them from an earlier start."""
        config = self.folder / "config.yaml"
        if config.exists():
            return
        plugins = self.folder / "plugins"
        plugins.mkdir(parents=True, exist_ok=True)
        shutil.copy(PLUGIN, plugins)
        # JSON is YAML: no YAML library is needed to write it.
        (self.folder / "users.yaml").write_text(json.dumps(self._users()))
        config.write_text(json.dumps(self._config()))

    def _users(self) -> dict[str, object]:
        admin = {
            "active": True,
            "apikey": self.admin_api_key,
            "groups": ["admins"],
            "password": password_hash(self.password, secrets.token_bytes(16)),
            "permissions": [],
            "roles": ["user", "admin"],
            "settings": {},
        }
        return {"_version": 2, ADMIN: admin}

    def _config(self) -> dict[str, object]:
        return {
            "api": {"key": secrets.token_hex(16)},
            "server": {
                "host": LOOPBACK,
                "port": self.port,
                "firstRun": False,
                "secretKey": secrets.token_hex(16),
                "seenWizards": {"corewizard": 4, "backup": None, "tracking": None, "classicwebcam": 1},
                "onlineCheck": {"enabled": False},
                "pluginBlacklist": {"enabled": False},
                "ignoreIncompleteStartup": True,
            },
            "gcodeAnalysis": {"runAt": "never"},
            "serial": {
                "port": "VIRTUAL",
                "baudrate": 0,
                "autoconnect": True,
                # The virtual printer does not tell its position between paced commands; OctoPrint waits 10 s for it.
                "logPositionOnPause": False,
            },
            "plugins": {
                "_disabled": list(DISABLED_PLUGINS),
                "cofab_testbed": self._pace,
                "virtual_printer": {
                    "_config_version": 1,
                    "enabled": True,
                    "simulated_errors": [],
                    "sendWait": False,
                    "throttle": 0,
                    # M109 and M190 return at once: waiting for a simulated heater teaches nothing.
                    "ambientTemperature": 300,
                },
            },
        }


def password_hash(password: str, salt: bytes) -> str:
    """PBKDF2-SHA256 in the modular crypt format that OctoPrint's user file holds."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, PASSWORD_ROUNDS)
    return f"$pbkdf2-sha256${PASSWORD_ROUNDS}${_crypt64(salt)}${_crypt64(digest)}"


def _crypt64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=").replace("+", ".")


def main() -> None:
    """Run one OctoPrint in the folder named on the command line until a line is read: for trying things by hand."""
    with OctoPrint(Path(sys.argv[1])) as octoprint:
        print(octoprint.url, ADMIN, octoprint.password, octoprint.admin_api_key)
        input("Press Enter to stop it. ")


if __name__ == "__main__":
    main()
