"""Klippy as it is, beside a record of every print that it begins, which outlives kill -9.

Runs in Klippy's environment, not here: `python klippy_witness.py RECORD KLIPPY-ARGUMENTS…`. Each beginning of a file
is one line of RECORD, its name, on disk before the first line of the file is run.
"""
# mypy: ignore-errors

import os
import sys
from pathlib import Path

from klippy.extras.virtual_sdcard import VirtualSD
from klippy.klippy import main

RECORD = sys.argv.pop(1)
work = VirtualSD.work_handler


def recorded_work(card: VirtualSD, eventtime: float) -> float:
    """What Klippy runs from its timer to print a file, at its start and again after each pause."""
    if card.file_position == 0:
        with open(RECORD, "a") as record:
            record.write(Path(card.current_file.name).name + "\n")
            record.flush()
            os.fsync(record.fileno())
    return work(card, eventtime)


VirtualSD.work_handler = recorded_work
main()
