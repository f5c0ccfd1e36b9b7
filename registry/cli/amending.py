"""`cofab where`, `redo`, `cancel` and `priority`: what can be done about an order that is placed."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.directing import job_of_copy
from registry.cli.matches import tell_matches
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, write_json
from registry.errors import Conflict

if TYPE_CHECKING:
    from registry.client import Reply


@click.command(short_help="Which machines can make an order, and why others cannot.")
@click.argument("order_id", metavar="ORDER")
@registry_option
@json_option
def where(*, order_id: str, registry_url: str | None, as_json: bool) -> None:
    """Say which machines can make what of an order still waits, why the others cannot, and where it will be made.

    \b
    Example:
      cofab where ord_2k9qv0m4
    """
    with connect(registry_url, needs_login=True) as registry:
        tell_matches(registry.matches_of(order_id), as_json=as_json)


@click.command(short_help="Make the copies again that failed.")
@click.argument("order_id", metavar="ORDER")
@click.option("--copy", "copy_number", type=click.IntRange(1), help="One copy. [default: all that failed]")
@registry_option
@json_option
def redo(*, order_id: str, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Make all copies of an order again that failed or were scrapped, and none of the good ones.

    A copy of which nobody knows what became is made again only when you name it: look first whether it is there.

    \b
    Examples:
      cofab redo ord_2k9qv0m4
      cofab redo ord_2k9qv0m4 --copy 2
    """
    with connect(registry_url, needs_login=True) as registry:
        jobs = list(registry.read_order(order_id).parts("jobs"))
        if copy_number is None:
            wanted = [job for job in jobs if job.text("state") == "needs_redo"]
            answer = registry.post(f"/orders/{order_id}/redo")
        else:
            wanted = [job for job in jobs if job.whole("copy") == copy_number]
            if not wanted:
                raise Conflict(f"the order has no copy {copy_number}: it has {len(jobs)}")
            answer = registry.post(f"/orders/{order_id}/jobs/{wanted[0].text('id')}/redo")
    if as_json:
        write_json(answer.json)
    else:
        good(f"{_copies(wanted)} of {order_id} {'is' if len(wanted) == 1 else 'are'} made again")


@click.command(short_help="Cancel an order.")
@click.argument("order_id", metavar="ORDER")
@click.option("--rest", is_flag=True, help="Only the copies that no machine has begun; the others go on.")
@click.option("--copy", "copy_number", type=click.IntRange(1), help="Only this copy; the others go on.")
@registry_option
@json_option
def cancel(*, order_id: str, rest: bool, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Cancel an order: at once what was not begun; running prints are told to stop.

    \b
    Examples:
      cofab cancel ord_2k9qv0m4
      cofab cancel ord_2k9qv0m4 --rest
      cofab cancel ord_2k9qv0m4 --copy 2
    """
    if rest and copy_number is not None:
        raise click.UsageError("--rest and --copy exclude each other: say what is to be cancelled by one of them")
    with connect(registry_url, needs_login=True) as registry:
        what = "cancel-rest" if rest else "cancel"
        if copy_number is not None:
            job = job_of_copy(registry.read_order(order_id), copy_number)
            what = f"jobs/{job.text('id')}/cancel"
        answer = registry.post(f"/orders/{order_id}/{what}")
    if as_json:
        write_json(answer.json)
    else:
        good(f"{order_id} is {answer.text('state')}: {copies_text(answer)}")


@click.command(short_help="Let an order come before others.")
@click.argument("order_id", metavar="ORDER")
@click.argument("priority", type=click.IntRange(0, 9), metavar="0-9")
@registry_option
@json_option
def priority(*, order_id: str, priority: int, registry_url: str | None, as_json: bool) -> None:
    """Let an order come before others, or no longer: higher comes first, 0 is as usual.

    For those who run the facility that the order names.

    \b
    Example:
      cofab priority ord_2k9qv0m4 5
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.put(f"/orders/{order_id}/priority", {"priority": priority})
    if as_json:
        write_json(answer.json)
    else:
        good(f"{order_id} has priority {answer.whole('priority')}")


_STATES = {
    "active": "on a machine",
    "queued": "waiting",
    "waiting": "waiting for the build",
    "needs_redo": "to be made again",
    "uncertain": "uncertain",
    "cancelled": "cancelled",
    "failed": "failed",
}


def copies_text(order: "Reply") -> str:
    """How many copies are where: `2 of 5 done, 1 on a machine, 2 waiting`."""
    copies = order.part("copies")
    told = [f"{copies.whole(state)} {words}" for state, words in _STATES.items() if copies.whole(state)]
    return ", ".join([f"{copies.whole('done')} of {order.whole('quantity')} done", *told])


def _copies(jobs: "list[Reply]") -> str:
    numbers = ", ".join(str(job.whole("copy")) for job in jobs)
    return f"{'copy' if len(jobs) == 1 else 'copies'} {numbers}"
