"""Telling a machine to pause, to go on or to stop what it runs for us."""

from fabnode import events as e
from fabnode import observation
from fabnode.core import Attempt
from printers.machine import Machine

DIRECTIONS = (e.PauseOnMachine, e.ResumeOnMachine, e.CancelOnMachine)
_VERBS: dict[type[e.Command], str] = {
    e.PauseOnMachine: "pause",
    e.ResumeOnMachine: "go on",
    e.CancelOnMachine: "stop",
}


async def direct(machine: Machine, attempt: Attempt, command: e.Command) -> bool:
    """Carry the command out. False: the machine does not run this attempt's file, and nothing was asked of it, for its
    verbs name no file, and what it runs by now may be somebody else's. Raises MachineError.
    """
    if not observation.runs_ours(attempt, await machine.status()):
        return False
    match command:
        case e.CancelOnMachine():
            await machine.cancel()
        case e.PauseOnMachine():
            await machine.pause()
        case e.ResumeOnMachine():
            await machine.resume()
        case _:
            raise AssertionError(command)
    return True


def objection(command: e.Command, error: Exception) -> str | None:
    """What people are told when the machine did not do it; None of commands whose failure is told otherwise."""
    verb = _VERBS.get(type(command))
    return f"it did not {verb} when it was asked to: {error}" if verb else None
