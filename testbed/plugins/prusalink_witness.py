"""PrusaLink as it is, beside a record of every file that it begins to print, which outlives kill -9.

Runs in PrusaLink's environment, not here: `python prusalink_witness.py RECORD PRUSALINK-ARGUMENTS…`. Each beginning is
one line of RECORD, the file's name, on disk before the first line of the file is sent. Three of PrusaLink's waits are
made shorter, for a printer that needs them not: 8 s until a board has started after its port was opened, 20 s until it
has gone where it goes when its power comes back, and 11 s in which a print that has ended is still shown for a picture.
It asks its printer five times a second how it is, not once. What is sent to the printer waits until the job knows its
file: 0.8.1 may send the first line before, and then ends its own sender, so that the print hangs for ever. Nothing is
announced on the network, and its files may lie below the system's folder for temporary files.
"""
# mypy: ignore-errors

import os
import sys
import time
from pathlib import Path

from prusa.link import const, util
from prusa.link.__main__ import main
from prusa.link.printer_adapter import printer_polling, prusa_link, state_manager
from prusa.link.printer_adapter.file_printer import FilePrinter
from prusa.link.serial import serial_adapter

RECORD = sys.argv.pop(1)
JOB_SECONDS = 5.0
BOOT_SECONDS, SHOWN_SECONDS, POLL_SECONDS = 0.2, 0.4, 0.2
begin = FilePrinter.print
write_file_stats = FilePrinter.write_file_stats


def recorded_begin(printer: FilePrinter, os_path: str, from_gcode_number: int | None = None) -> None:
    with open(RECORD, "a") as record:
        record.write(Path(os_path).name + "\n")
        record.flush()
        os.fsync(record.fileno())
    begin(printer, os_path, from_gcode_number)


def write_when_known(printer: FilePrinter, *stats: object) -> None:
    until = time.monotonic() + JOB_SECONDS
    while printer.model.job.selected_file_path is None and time.monotonic() < until:
        time.sleep(0.01)
    write_file_stats(printer, *stats)


class Silent:
    """Stands in for the announcements by mDNS."""

    def __init__(self, port: int) -> None:
        pass

    def unregister(self) -> None:
        pass


const.BLACKLISTED_PATHS.remove("/tmp")
FilePrinter.print = recorded_begin
FilePrinter.write_file_stats = write_when_known
prusa_link.ServiceDiscovery = Silent
state_manager.PRINT_END_TIMEOUT = SHOWN_SECONDS
printer_polling.FAST_POLL_INTERVAL = POLL_SECONDS
util.PP_MOVES_DELAY = BOOT_SECONDS
serial_adapter.sleep = lambda seconds: time.sleep(min(seconds, BOOT_SECONDS))
sys.exit(main())
