"""`cofab order`: have something made, under the conditions that one names."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from registry.cli.conditions import DAY, DISTANCE, PRICE, place_of
from registry.cli.connection import connect
from registry.cli.matches import tell_matches
from registry.cli.options import (
    VERSION,
    json_option,
    parameters_option,
    preset_option,
    read_parameters,
    registry_option,
)
from registry.cli.output import good, note, say, write_json
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply
    from registry.client_reply import Json

_TRIES = 3


@click.command(short_help="Have copies of a version made.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@parameters_option
@preset_option
@click.option("-n", "--quantity", type=click.IntRange(1, 500), default=1, show_default=True, help="How many.")
@click.option("--material", help="Like PLA or PETG. [default: what the designer asks for]")
@click.option("--colour", help="Only a machine that has it loaded takes the order.")
@click.option("--facility", metavar="SLUG", help="Where. [default: wherever it can be made]")
@click.option("--machine", metavar="NAME", help="The only machine that may make it, by its name or id.")
@click.option("--by", "wanted_by", type=DAY, help="When it is wanted, like 2026-12-01: who would be late is told.")
@click.option("--within", type=DISTANCE, help="How far away it may be made, like 50km. Needs --near.")
@click.option("--near", envvar="COFAB_NEAR", metavar="PLACE", help="Where it is wanted: 53.79,-1.54, or a facility.")
@click.option("--most", type=PRICE, help='At most this for all copies, like "20 EUR", by the machines\' estimates.')
@click.option("--tolerance", type=click.FloatRange(0, 10, min_open=True), metavar="MM", help="Keep to ± so much.")
@click.option("--thickness", type=click.FloatRange(0, 500, min_open=True), metavar="MM", help="Of the sheet.")
@click.option("--lay", is_flag=True, help="It may be laid on another side where it has no room as drawn.")
@click.option("--commercial", is_flag=True, help="It is for a business: some licences forbid that.")
@click.option("--priority", type=click.IntRange(0, 9), default=0, help="Before others, at a facility that you run.")
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
    machine: str | None,
    wanted_by: datetime | None,
    within: float | None,
    near: str | None,
    most: tuple[Decimal, str] | None,
    tolerance: float | None,
    thickness: float | None,
    lay: bool,
    commercial: bool,
    priority: int,
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
      cofab order ada/my-hook --within 50km --near 53.79,-1.54 --by 2026-12-01 --most "20 EUR" --where
    """
    body: dict[str, Json] = {
        "parameters": dict(read_parameters(parameters)),
        "preset": preset,
        "quantity": quantity,
        "material": material,
        "colour": colour,
        "facility": facility,
        "note": words,
        "machine": machine,
        "wanted_by": None if wanted_by is None else wanted_by.isoformat(),
        "within_km": within,
        "most_cost": None if most is None else str(most[0]),
        "currency": None if most is None else most[1],
        "tolerance_mm": tolerance,
        "thickness_mm": thickness,
        "lay": lay or None,
        "commercial": commercial,
        "priority": priority,
    }
    with connect(registry_url, needs_login=True) as registry:
        body |= place_of(registry, near, within)
        body["version"] = f"{version.design}@{registry.version(version).text('version')}"
        if where:
            tell_matches(registry.match(body), as_json=as_json)
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
            say(f"  Follow it: cofab watch {placed.text('id')}; who can make it: cofab where {placed.text('id')}")


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
