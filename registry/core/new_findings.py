"""Which findings of a build are new beside those of another one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_ORDER = {"error": 0, "warning": 1, "info": 2}


def new_findings(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Findings (as JSON) of `after` that `before` does not have, worst first. A finding is the same one when code,
    severity and body are: its figures may differ. One that is there twice where it was once is new once."""
    known = Counter(map(_kind, before))
    found = []
    for finding in after:
        kind = _kind(finding)
        if known[kind] > 0:
            known[kind] -= 1
        else:
            found.append(finding)
    return sorted(found, key=lambda finding: _ORDER.get(str(finding.get("severity")), len(_ORDER)))


def _kind(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    data = finding.get("data")
    body = data.get("body", "") if isinstance(data, Mapping) else ""
    return str(finding.get("code")), str(finding.get("severity")), str(body)
