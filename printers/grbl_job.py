"""One run of a program on a controller: streamed, and put on record however it ends."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from printers.grbl_controller import TOOL_OFF, Controller, Stopped
from printers.grbl_messages import ALARMS, Report, in_words
from printers.grbl_program import Block
from printers.grbl_record import History, Run, cut_short
from printers.machine import MachineError, MachineState, Outcome, Status

WATCH_SECONDS = 0.25
"""Between status reports while a job runs."""


@dataclass(eq=False)
class Job:
    """The run that is under way."""

    name: str
    blocks: Sequence[Block]
    longest_rest_seconds: float
    """Without an acknowledgement; a dwell is a rest too."""
    done: int = 0
    """Blocks that were acknowledged."""
    sent: bool = False
    stopped: tuple[Outcome, str] | None = None
    """How it was told to end before its end."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """The first block was acknowledged, or it ended before."""
    task: asyncio.Task[None] | None = None

    def acknowledge(self, block: Block) -> None:
        self.done += 1
        self.begun.set()

    @property
    def all_done(self) -> bool:
        """Acknowledged to the last block, that which switches the tool off."""
        return self.done > len(self.blocks)

    @property
    def progress(self) -> float:
        return min(round(self.done / len(self.blocks), 4), 1.0)


async def run(job: Job, controller: Controller, history: History) -> None:
    """Stream the job to its end, whatever that is. The tool is off at every end that the controller hears of."""
    watching = asyncio.create_task(_watch(job, controller))
    try:
        outcome, reason = await _stream(job, controller, history)
    finally:
        watching.cancel()
    safe = outcome is Outcome.DONE
    if not safe:
        with suppress(MachineError):
            await controller.make_safe()
            safe = True
    await history.change_last(lambda last: replace(last, over=True, outcome=outcome, reason=reason, safe=safe))


async def _stream(job: Job, controller: Controller, history: History) -> tuple[Outcome | None, str]:
    async def all_sent() -> None:
        job.sent = True
        with suppress(MachineError):  # only a crash would have needed it, and a full disk is no reason to stop now
            await history.change_last(lambda last: replace(last, sent=True))

    tool_off = Block(job.blocks[-1].line, TOOL_OFF)
    try:
        await controller.stream([*job.blocks, tool_off], job.acknowledge, all_sent=all_sent, to_end=True)
    except Stopped as error:
        return job.stopped or (Outcome.FAILED, str(error))
    except MachineError as error:
        return cut_short(str(error), sent=job.sent)
    return Outcome.DONE, ""


async def _watch(job: Job, controller: Controller) -> None:
    """Ask while a job runs: a controller that falls silent is told to stop and given up (`look` does both).

    One that rests without acknowledging has lost a line or its `ok` to a bad cable, and would wait for ever.
    """
    now = asyncio.get_running_loop().time
    done, since = job.done, now()
    with suppress(MachineError):
        while True:
            rests = (await controller.look()).state == "Idle"
            if not rests or job.done != done:
                done, since = job.done, now()
            elif now() - since > job.longest_rest_seconds and not job.all_done:
                controller.interrupt(
                    f"a line was lost on the cable: no answer for {job.longest_rest_seconds:g} s at rest"
                )
            await asyncio.sleep(WATCH_SECONDS)


def job_status(job: Job, report: Report) -> Status:
    """Idle is a dwell, or the moment between two lines."""
    state = MachineState.PRINTING if report.state == "Idle" else report.machine_state
    if state is MachineState.ERROR:
        state = MachineState.BUSY  # the job is about to be ended for it
    return Status(state, job.name, job.progress, message="; ".join(report.remarks()) or None)


def resting_status(report: Report, alarm: int | None, left: Run | None, *, may_home: bool) -> Status:
    """Without a job. left: a run that was cut off and may be moving yet. may_home: the next start can end an alarm."""
    remarks = report.remarks()
    if report.state == "Alarm":
        why = in_words(ALARMS, alarm) if alarm else "it was switched on and does not know its position"
        if may_home:
            return Status(MachineState.IDLE, message=f"locked until it is homed, which the next start does: {why}")
        next_step = "look at the machine, then confirm that you are there"
        return Status(MachineState.ERROR, message="; ".join([f"locked by an alarm: {why}", next_step, *remarks]))
    if report.state == "Sleep":
        remarks.append("the controller sleeps; reset it")
    if left and report.machine_state is MachineState.PRINTING:
        return Status(MachineState.BUSY, left.file, message="finishing what it was sent before the agent ended")
    return Status(report.machine_state, message="; ".join(remarks) or None)
