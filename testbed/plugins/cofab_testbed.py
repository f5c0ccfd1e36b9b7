"""OctoPrint plugin of the testbed: a faster virtual printer, and a record of print events that outlives kill -9.

Runs inside OctoPrint, not here. Settings under `plugins.cofab_testbed`, changeable while it runs: `speed` divides every
sleep of the virtual printer, `command_interval_s` is slept before each command that a print sends.
Each event is one JSON line in `print-events.jsonl` beside OctoPrint's configuration, on disk before OctoPrint goes on.
"""
# mypy: ignore-errors

import json
import os
import time
from typing import Any

import octoprint.plugin
from octoprint.events import Events
from octoprint.plugins.virtual_printer import virtual

RECORDED = {
    Events.PRINT_STARTED,
    Events.PRINT_DONE,
    Events.PRINT_FAILED,
    Events.PRINT_CANCELLED,
    Events.PRINT_PAUSED,
    Events.PRINT_RESUMED,
}


class FasterTime:
    """Stands in for the `time` module inside the virtual printer."""

    speed = 1.0

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds / self.speed)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class TestbedPlugin(octoprint.plugin.SettingsPlugin, octoprint.plugin.EventHandlerPlugin):
    def initialize(self) -> None:
        self.faster_time = FasterTime()
        self.read_settings()
        virtual.time = self.faster_time

    def get_settings_defaults(self) -> dict[str, float]:
        return {"speed": 1.0, "command_interval_s": 0.0}

    def on_settings_save(self, data: dict[str, Any]) -> None:
        octoprint.plugin.SettingsPlugin.on_settings_save(self, data)
        self.read_settings()

    def read_settings(self) -> None:
        self.faster_time.speed = self._settings.get_float(["speed"])
        self.command_interval_s = self._settings.get_float(["command_interval_s"])

    def pace(self, *args: Any, tags: set[str] | None = None, **kwargs: Any) -> None:
        if self.command_interval_s > 0 and tags and "source:file" in tags:
            time.sleep(self.command_interval_s)

    def on_event(self, event: str, payload: dict[str, Any]) -> None:
        if event not in RECORDED:
            return
        path = os.path.join(self._settings.global_get_basefolder("base"), "print-events.jsonl")
        line = json.dumps({"at": time.time(), "event": event, "path": payload.get("path")}) + "\n"
        with open(path, "a", encoding="utf-8") as record:
            record.write(line)
            record.flush()
            os.fsync(record.fileno())


__plugin_name__ = "Cofab testbed"
__plugin_version__ = "1"
__plugin_pythoncompat__ = ">=3.7,<4"
__plugin_implementation__ = TestbedPlugin()
__plugin_hooks__ = {"octoprint.comm.protocol.gcode.sending": __plugin_implementation__.pace}
