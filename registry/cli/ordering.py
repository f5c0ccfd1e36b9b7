"""`cofab order`, `redo` and `cancel`: have something made."""

import secrets
from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import (
    VERSION,
    json_option,
    parameters_option,
    preset_option,
    read_parameters,
    registry_option,
)
from registry.cli.output import good, note, say, warn, write_json
from registry.errors import Conflict
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply
    from registry.client_reply import Json

_TRIES = 3
_REDOABLE = frozenset({"needs_redo", "uncertain"})


@click.command(short_help="Have copies of a version made.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@parameters_option
@preset_option
@click.option("-n", "--quantity", type=click.IntRange(1, 500), default=1, show_default=True, help="How many.")
@click.option("--material", help="Like PLA or PETG. [default: what the designer asks for]")
@click.option("--colour", help="Only a machine that has it loaded takes the order.")
@click.option("--facility", metavar="SLUG", help="Where. [default: wherever it can be made]")
@click.option("--note", "words", default="", help="A word to those who make it.")
@click.option("--where", is_flag=True, help="Order nothing: say which machines could make it, and why others cannot.")
@click.option("--wait", is_flag=True, help="Follow it live until it is made, or needs a person.")
@registry_option
@json_option
def order(
    *,
    version: VersionName,
    parameters: tuple[str, ...],
    preset: str | None,
    quantity: int,
    material: str | None,
    colour: str | None,
    facility: str | None,
    words: str,
    where: bool,
    wait: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Have copies of a version made with the parameters you choose. Without @VERSION the latest.

    With --wait the status is 0 when all copies are good, else 1.

    \b
    Examples:
      cofab order ada/my-hook -p width=24 --quantity 4 --material PETG
      cofab order ada/gridfinity-bin@1.2.0 --preset drawer --facility fablab-riverside --wait
      cofab order ada/my-hook --where
    """
    body: dict[str, Json] = {
        "parameters": dict(read_parameters(parameters)),
        "preset": preset,
        "quantity": quantity,
        "material": material,
        "colour": colour,
        "facility": facility,
        "note": words,
    }
    with connect(registry_url, needs_login=True) as registry:
        body["version"] = f"{version.design}@{registry.version(version).text('version')}"
        if where:
            _tell_matches(registry.match(body), as_json=as_json)
            return
        placed = _place(registry, body)
        if as_json and not wait:
            write_json(placed.json)
            return
        if not as_json:
            good(f"{placed.text('id')}: {quantity} × {placed.text('version')} in {placed.text('material')}")
        if wait:
            _wait(registry, placed, as_json=as_json)
        else:
            say(f"  Follow it: cofab watch {placed.text('id')}")


def _place(registry: "RegistryClient", body: "dict[str, Json]") -> "Reply":
    """Place the order; an answer that was lost on the way is asked for again, and nothing is ordered twice."""
    from registry.client import RegistryUnreachable

    key = secrets.token_hex(16)
    for attempt in range(1, _TRIES + 1):
        try:
            return registry.order(body, key)
        except RegistryUnreachable:
            if attempt == _TRIES:
                raise
            note("No answer; asking again …")
    raise AssertionError("the last try returns or raises")


def _wait(registry: "RegistryClient", placed: "Reply", *, as_json: bool) -> None:
    from registry.cli.watching import tell_end, watch_order

    ended = watch_order(registry, placed.text("id"), as_json=as_json, until_attention=True)
    raise click.exceptions.Exit(tell_end(ended, as_json=as_json))


def _tell_matches(matches: "Reply", *, as_json: bool) -> None:
    if as_json:
        write_json(matches.json)
        return
    found = list(matches.parts("machines"))
    for each in sorted(found, key=lambda match: not match.flag("can")):
        machine = each.part("machine")
        words = "; ".join(reason.text("words") for key in ("reasons", "notes") for reason in each.parts(key))
        place = f"{machine.text('name')} ({machine.text('model')}) at {machine.text('facility_name')}"
        say(f"{'✓' if each.flag('can') else '✗'} {place} {each.text('verdict')}{f': {words}' if words else ''}")
    if not any(each.flag("can") for each in found):
        warn("no machine can make it; an order waits for one that can")


@click.command(short_help="Make a copy again.")
@click.argument("order_id", metavar="ORDER")
@click.option("--copy", "copy_number", type=click.IntRange(1), help="Which copy. [default: the one that needs it]")
@registry_option
@json_option
def redo(*, order_id: str, copy_number: int | None, registry_url: str | None, as_json: bool) -> None:
    """Make a copy again that failed, was scrapped, or of which nobody knows what became.

    \b
    Examples:
      cofab redo ord_2k9qv0m4
      cofab redo ord_2k9qv0m4 --copy 2
    """
    with connect(registry_url, needs_login=True) as registry:
        jobs = list(registry.read_order(order_id).parts("jobs"))
        wanted = [
            job
            for job in jobs
            if (job.text("state") in _REDOABLE if copy_number is None else job.whole("copy") == copy_number)
        ]
        if len(wanted) != 1:
            copies = ", ".join(str(job.whole("copy")) for job in wanted)
            raise Conflict(
                f"copies {copies} need to be made again: say which with --copy"
                if wanted
                else f"the order has no copy {copy_number}"
                if copy_number
                else "no copy of this order needs to be made again"
            )
        answer = registry.post(f"/orders/{order_id}/jobs/{wanted[0].text('id')}/redo")
    if as_json:
        write_json(answer.json)
    else:
        good(f"copy {wanted[0].whole('copy')} of {order_id} is made again")


@click.command(short_help="Cancel an order.")
@click.argument("order_id", metavar="ORDER")
@registry_option
@json_option
def cancel(*, order_id: str, registry_url: str | None, as_json: bool) -> None:
    """Cancel an order: at once what was not begun; running prints are told to stop.

    \b
    Example:
      cofab cancel ord_2k9qv0m4
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.post(f"/orders/{order_id}/cancel")
    if as_json:
        write_json(answer.json)
    else:
        good(f"{order_id} is {answer.text('state')}")
