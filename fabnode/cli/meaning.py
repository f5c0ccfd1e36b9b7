"""Which attempt is meant: people at the machines know the machine, and nobody knows an attempt by its id."""

from typing import Any

from fabnode.decisions import Refused

_STATES = {"verdict": {"finished_unverified"}, "settle": {"uncertain"}}


def attempt_meant(now: dict[str, Any], words: str, decision: str) -> str:
    """The id of an attempt, given as it is or by its machine's key. Raises Refused where that may mean none or several.

    `now`: what `fabnode status --json` says.
    """
    machine = next((one for one in now["machines"] if one["key"] == words), None)
    if machine is None:
        return words
    if decision in _STATES:
        waiting = [one for one in now["to_decide"] if one["machine"] == words and one["state"] in _STATES[decision]]
    else:
        waiting = [machine["attempt"]] if machine["attempt"] else []
    if not waiting:
        what = {"verdict": "no finished part of it waits", "settle": "nothing of it is uncertain"}
        raise Refused(f"{words}: {what.get(decision, 'it has no print')}; see `fabnode status`")
    if len(waiting) > 1:
        known = ", ".join(f"{one['attempt']} ({one['design']})" for one in waiting)
        raise Refused(f"{words} has {len(waiting)} that wait: name one of {known}")
    attempt: str = waiting[0]["attempt"]
    return attempt


def name_of(now: dict[str, Any], attempt: dict[str, Any]) -> str:
    """How a person says which attempt they mean: by its machine, where it has no other that waits alike."""
    alike = [
        one for one in now["to_decide"] if (one["machine"], one["state"]) == (attempt["machine"], attempt["state"])
    ]
    name: str = attempt["machine"] if len(alike) == 1 else attempt["attempt"]
    return name
