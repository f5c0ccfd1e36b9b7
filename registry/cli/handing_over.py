"""`cofab transfer`: hand a namespace or a design over. `cofab export`: a copy of all that is yours."""

from pathlib import Path

import click

from registry.cli.connection import connect
from registry.cli.options import json_option, registry_option
from registry.cli.output import good, size_text, table, write_json


@click.group(short_help="Hand a namespace or a design over.")
def transfer() -> None:
    """Hand a namespace or a design over. The other side accepts; versions, lineage and orders stay whole.

    \b
    Examples:
      cofab transfer offer ada/bin open-lab
      cofab transfer list
      cofab transfer accept tra_3k7m
    """


@transfer.command("offer", short_help="Offer a design or a namespace.")
@click.argument("what")
@click.argument("to")
@registry_option
@json_option
def offer(*, what: str, to: str, registry_url: str | None, as_json: bool) -> None:
    """Offer WHAT: a design (namespace/name) to another namespace, or a namespace to a member or a group.

    \b
    Examples:
      cofab transfer offer ada/bin open-lab
      cofab transfer offer ada/bin open-lab/deep-bin
      cofab transfer offer tools open-lab
    """
    with connect(registry_url, needs_login=True) as registry:
        if "/" in what:
            namespace, _, name = to.partition("/")
            made = registry.post(f"/designs/{what}/transfer", {"namespace": namespace, "name": name or None})
        else:
            made = registry.post(f"/namespaces/{what}/transfer", {"to": to})
    if as_json:
        write_json(made.json)
    else:
        good(f"{what} is offered to {made.text('to')}. They run: cofab transfer accept {made.text('id')}")


@transfer.command("list", short_help="List the offers that concern you.")
@registry_option
@json_option
def list_transfers(*, registry_url: str | None, as_json: bool) -> None:
    """List the offers that you made, and those that you may accept.

    \b
    Example:
      cofab transfer list
    """
    with connect(registry_url, needs_login=True) as registry:
        answer = registry.get("/transfers")
    if as_json:
        write_json(answer.json)
        return
    rows = [(one.text("id"), one.text("what"), "→", one.text("to")) for one in answer.parts("transfers")]
    table(rows, indent="")


@transfer.command("accept", short_help="Take over what is offered.")
@click.argument("number")
@registry_option
@json_option
def accept(*, number: str, registry_url: str | None, as_json: bool) -> None:
    """Take over what is offered to you, or to a group that you own.

    \b
    Example:
      cofab transfer accept tra_3k7m
    """
    with connect(registry_url, needs_login=True) as registry:
        taken = registry.post(f"/transfers/{number}/accept")
    if as_json:
        write_json(taken.json)
    else:
        good(f"{taken.text('what')} is {taken.text('to')} now")


@transfer.command("drop", short_help="Withdraw or decline an offer.")
@click.argument("number")
@registry_option
@json_option
def drop(*, number: str, registry_url: str | None, as_json: bool) -> None:
    """Withdraw an offer of yours, or decline one.

    \b
    Example:
      cofab transfer drop tra_3k7m
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.delete(f"/transfers/{number}")
    if as_json:
        write_json({"dropped": number})
    else:
        good(f"the offer {number} is gone")


@click.command(short_help="Download everything that is yours.")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False), default=Path("cofab-export.zip"))
@registry_option
@json_option
def export(*, target: Path, registry_url: str | None, as_json: bool) -> None:
    """Download a zip of everything that the registry keeps of you: JSON, and the files of your designs.

    \b
    Example:
      cofab export my-copy.zip
    """
    from registry.client import API, refuse

    with connect(registry_url, needs_login=True) as registry:
        part = target.with_name(target.name + ".part")
        with registry.http.stream("GET", f"{API}/me/export.zip") as answer, part.open("wb") as file:
            refuse(answer)
            for chunk in answer.iter_bytes():
                file.write(chunk)
        part.replace(target)
    size = target.stat().st_size
    if as_json:
        write_json({"file": target, "size": size})
    else:
        good(f"{target} holds everything that is yours ({size_text(size)})")
