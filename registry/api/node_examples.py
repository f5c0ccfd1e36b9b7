"""What agents send, as examples for the OpenAPI document."""

from typing import Any

from fastapi.openapi.models import Example

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_ATTEMPT = "att_6r1h3w8p0y5s2k9q"


def _example(summary: str, **value: Any) -> dict[str, Example]:
    return {"usual": Example(summary=summary, value=value)}


ENROL = _example("A new agent", protocol=1, code="7k2m-9xqd-0v4r-hs1c", name="workshop", software="fabnode 0.1.0")
ANNOUNCE = _example(
    "One printer",
    protocol=1,
    software="fabnode 0.1.0",
    machines=[
        {
            "key": "mk3s-left",
            "name": "MK3S left",
            "model": "Prusa MK3S",
            "driver": "octoprint",
            "process": "fdm",
            "envelope": {"x": 250, "y": 210, "z": 210},
            "nozzle_mm": 0.4,
            "materials": [{"material": "PLA", "colour": "black"}],
            "profile": "prusa-mk3s",
        }
    ],
)
CLAIM = _example(
    "Wait for work for one machine", idempotency_key="claim-000042", machines=["mk3s-left"], wait_seconds=25
)
HEARTBEAT = _example(
    "One running print",
    machines=[
        {
            "key": "mk3s-left",
            "state": "printing",
            "bed": "occupied",
            "file": f"{_ATTEMPT}.gcode",
            "attempt": _ATTEMPT,
            "progress": 0.42,
            "seconds_left": 1260,
            "nozzle_c": 215,
            "bed_c": 60,
        }
    ],
    leases=[{"attempt": _ATTEMPT, "epoch": 1}],
)
PERMIT = _example("Leave to start", attempt=_ATTEMPT, epoch=1, gcode_sha256=_DIGEST)
REPORTS = _example(
    "Sliced, then printing",
    reports=[
        {
            "sequence": 7,
            "attempt": _ATTEMPT,
            "epoch": 1,
            "state": "sliced",
            "at": "2026-05-04T09:30:00Z",
            "figures": {
                "slicer": "PrusaSlicer 2.5.0",
                "profile": "prusa-mk3s",
                "gcode_sha256": _DIGEST,
                "gcode_bytes": 812345,
                "print_seconds": 2180,
                "filament_g": 14.2,
                "filament_mm": 4760,
                "layers": 250,
            },
        },
        {"sequence": 8, "attempt": _ATTEMPT, "epoch": 1, "state": "printing", "at": "2026-05-04T09:32:10Z"},
    ],
)
