"""A finding: one thing that a maker should know about a part before it is made."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from designs.errors import DesignError

JsonObject = dict[str, object]

MAX_PLACES = 64
"""That a finding lists: as many as a page can mark."""


class Severity(StrEnum):
    """How much it matters: an error is never made, a warning may come out badly, the rest is good to know."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class BadFinding(DesignError):
    """The JSON is no finding."""


@dataclass(frozen=True)
class Finding:
    """One thing to know. `data` has its figures, and where it is:

    body                 name of the body
    at                   [x, y, z] mm, the middle of it
    points, segments     at most MAX_PLACES places [x, y, z], or pairs of them, mm, to be marked
    """

    code: str
    severity: Severity
    message: str
    data: JsonObject = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        return {"code": self.code, "severity": self.severity.value, "message": self.message, "data": self.data}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read strictly; raises BadFinding."""
        if not isinstance(value, dict) or set(value) != {"code", "severity", "message", "data"}:
            raise BadFinding("a finding has code, severity, message and data")
        code, message, data = value["code"], value["message"], value["data"]
        if not isinstance(code, str) or not isinstance(message, str) or not isinstance(data, dict):
            raise BadFinding("a finding's code and message are text, its data is an object")
        try:
            return cls(code, Severity(value["severity"]), message, data)
        except ValueError as error:
            raise BadFinding(f"not a severity: {value['severity']!r}") from error


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Errors, then warnings, then the rest, each in the order given."""
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return sorted(findings, key=lambda finding: order.index(finding.severity))
