"""`cofab pause`, `resume` and `stop`: for those who run the facility whose machine works on a copy."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, write_json
from registry.errors import Conflict

if TYPE_CHECKING:
    from registry.client import Reply

_copy_option = click.option(
    "--copy", "copy_number", type=click.IntRange(1), help="Which copy. [default: the one that a machine works on]"
)


@click.command(short_help="Hold the print of a copy.")
@click.argument("order_id", metavar="ORDER")
@_copy_option
@registry_option
@json_option
def pause(*, order_id: str, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Ask the machine that makes a copy to pause, with all copies on its plate: for those who run its facility.

    \b
    Examples:
      cofab pause ord_2k9qv0m4
      cofab pause ord_2k9qv0m4 --copy 2
    """
    _direct("pause", order_id, copy_number, registry_url, as_json=as_json)


@click.command(short_help="Let a paused print go on.")
@click.argument("order_id", metavar="ORDER")
@_copy_option
@registry_option
@json_option
def resume(*, order_id: str, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Ask the machine that paused a copy to go on: for those who run its facility.

    \b
    Example:
      cofab resume ord_2k9qv0m4
    """
    _direct("resume", order_id, copy_number, registry_url, as_json=as_json)


@click.command(short_help="Stop the machine's work on a copy.")
@click.argument("order_id", metavar="ORDER")
@_copy_option
@registry_option
@json_option
def stop(*, order_id: str, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Stop the machine's work on a copy, with all copies on its plate: for those who run its facility.

    The copy is not cancelled: it waits for somebody to have it made again (`cofab redo`) or to leave it out
    (`cofab cancel --copy`).

    \b
    Example:
      cofab stop ord_2k9qv0m4 --copy 2
    """
    _direct("stop", order_id, copy_number, registry_url, as_json=as_json)


_ASKED = {"pause": "asked to pause", "resume": "asked to go on", "stop": "asked to stop"}


def job_of_copy(order: "Reply", copy_number: int) -> "Reply":
    """The job of a copy. Raises Conflict."""
    jobs = list(order.parts("jobs"))
    found = next((job for job in jobs if job.whole("copy") == copy_number), None)
    if found is None:
        raise Conflict(f"the order has no copy {copy_number}: it has {len(jobs)}")
    return found


def _direct(verb: str, order_id: str, copy_number: int | None, registry_url: str | None, *, as_json: bool) -> None:
    with connect(registry_url, needs_login=True) as registry:
        order = registry.read_order(order_id)
        job = _made_now(order) if copy_number is None else job_of_copy(order, copy_number)
        answer = registry.post(f"/orders/{order_id}/jobs/{job.text('id')}/{verb}")
    if as_json:
        write_json(answer.json)
        return
    copy = job.whole("copy")
    if job_of_copy(answer, copy).text("state") == "needs_redo":
        good(f"copy {copy} of {order_id} was taken from its machine: cofab redo {order_id} --copy {copy}")
    else:
        good(f"the machine of copy {copy} of {order_id} was {_ASKED[verb]}")


def _made_now(order: "Reply") -> "Reply":
    """The copy that a machine works on; any of those on one plate. Raises Conflict where that is not one machine."""
    together: dict[str, list[Reply]] = {}
    for job in order.parts("jobs"):
        if job.text("state") == "active":
            latest = list(job.parts("attempts"))[-1]
            together.setdefault(latest.maybe_text("plate") or latest.text("id"), []).append(job)
    if not together:
        raise Conflict("no machine works on a copy of this order now")
    if len(together) > 1:
        copies = ", ".join(str(job.whole("copy")) for jobs in together.values() for job in jobs)
        raise Conflict(f"machines work on copies {copies}: say which with --copy")
    return next(iter(together.values()))[0]
