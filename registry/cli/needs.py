"""`cofab need`: what is missing, who needs it too, and which version answers it."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import DESIGN, json_option, registry_option
from registry.cli.output import good, note, say, table, write_json
from registry.ids import DesignName

if TYPE_CHECKING:
    from registry.client import Reply

KINDS = ("wish", "build", "print", "machine", "parameter", "proposal", "licence")


@click.group(short_help="See what is missing, support it, take it up, answer it.")
def need() -> None:
    """The board of needs: opened by members, and by the registry from what really happens.

    \b
    Examples:
      cofab need list --tag hinge
      cofab need open "A hinge that prints without supports" --tag hinge --design ada/box
      cofab need take nee_7k2q9v0m --note "until Sunday"
      cofab need answer nee_7k2q9v0m bea/hinge@1.1.0
    """


@need.command("list", short_help="List needs, those that most members have first.")
@click.argument("words", nargs=-1)
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only of this kind; as often as needed.")
@click.option("--tag", help="Only with this tag.")
@click.option("--design", type=DESIGN, metavar="NAMESPACE/NAME", help="Only about this design.")
@click.option("--near", metavar="PLACE", help="Only what is needed near here, like 53.79,-1.54.")
@click.option("--within", type=click.FloatRange(0, 20_000, min_open=True), default=200, help="How near, in km.")
@click.option("--member", metavar="NAME", help="Only what this member opened, supports or took up.")
@click.option("--closed", is_flag=True, help="Those that are closed, instead.")
@click.option("--newest", is_flag=True, help="The newest first.")
@registry_option
@json_option
def list_needs(
    *,
    words: tuple[str, ...],
    kinds: tuple[str, ...],
    tag: str | None,
    design: DesignName | None,
    near: str | None,
    within: float,
    member: str | None,
    closed: bool,
    newest: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """List what is missing, with all of the WORDS.

    \b
    Examples:
      cofab need list
      cofab need list hinge --kind wish --newest
      cofab need list --kind machine --near 53.79,-1.54 --within 50
    """
    asked: dict[str, str | list[str] | None] = {
        "q": " ".join(words) or None,
        "kind": list(kinds) or None,
        "tag": tag,
        "design": None if design is None else str(design),
        "near": near,
        "within_km": str(within) if near else None,
        "member": member,
        "state": "closed" if closed else None,
        "sort": "newest" if newest else None,
    }
    with connect(registry_url) as registry:
        answer = registry.get("/needs", {name: value for name, value in asked.items() if value is not None})
    if as_json:
        write_json(answer.json)
        return
    found = list(answer.parts("needs"))
    table([(each.text("id"), f"{each.number('demand') or 0:.1f}", each.text("title")) for each in found], indent="")
    if not found:
        note("nothing is missing here")


@need.command("show", short_help="Show one need.")
@click.argument("need_id", metavar="ID")
@registry_option
@json_option
def show(need_id: str, registry_url: str | None, as_json: bool) -> None:
    """Show one need: its words, who needs it and what for, who is at it, and what became of it.

    \b
    Example:
      cofab need show nee_7k2q9v0m
    """
    with connect(registry_url) as registry:
        _tell(registry.get(f"/needs/{need_id}"), as_json=as_json, whole=True)


@need.command("open", short_help="Say that something is missing.")
@click.argument("title")
@click.option("--words", default="", help="More about it.")
@click.option("--tag", "tags", multiple=True, help="A tag; as often as needed.")
@click.option("--design", type=DESIGN, metavar="NAMESPACE/NAME", help="The design that it is about.")
@click.option("--facility", metavar="SLUG", help="The facility that it is about.")
@click.option("--material", help="The material that it is about, like PETG.")
@click.option("--note", "why", default="", help="What you need it for.")
@registry_option
@json_option
def open_need(
    *,
    title: str,
    words: str,
    tags: tuple[str, ...],
    design: DesignName | None,
    facility: str | None,
    material: str | None,
    why: str,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Put a need on the board.

    \b
    Example:
      cofab need open "A hinge that prints without supports" --tag hinge --note "for our tool library"
    """
    with connect(registry_url, needs_login=True) as registry:
        made = registry.post(
            "/needs",
            {
                "title": title,
                "words": words,
                "tags": list(tags),
                "design": None if design is None else str(design),
                "facility": facility,
                "material": material,
                "note": why,
            },
        )
    _tell(made, as_json=as_json)


@need.command("support", short_help="Say that you need it too.")
@click.argument("need_id", metavar="ID")
@click.option("--note", "words", default="", help="What you need it for.")
@registry_option
@json_option
def support(need_id: str, words: str, registry_url: str | None, as_json: bool) -> None:
    """Say that you need it too. Each member counts once, however often they say it.

    \b
    Example:
      cofab need support nee_7k2q9v0m --note "ten for our repair café"
    """
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.put(f"/needs/{need_id}/voice", {"note": words}), as_json=as_json)


@need.command("take", short_help="Say that you are at it.")
@click.argument("need_id", metavar="ID")
@click.option("--note", "words", default="", help="How, and until when.")
@registry_option
@json_option
def take(need_id: str, words: str, registry_url: str | None, as_json: bool) -> None:
    """Take it up. It is no lock: several may be at it. Said again it is fresh; after two weeks of silence it lapses.

    \b
    Example:
      cofab need take nee_7k2q9v0m --note "until Sunday"
    """
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.put(f"/needs/{need_id}/claim", {"note": words}), as_json=as_json)


@need.command("drop", short_help="Say that you need it, or are at it, no longer.")
@click.argument("need_id", metavar="ID")
@click.option("--take-up", is_flag=True, help="You are at it no longer.")
@registry_option
@json_option
def drop(need_id: str, take_up: bool, registry_url: str | None, as_json: bool) -> None:
    """Take your voice back, or with --take-up your word that you are at it.

    \b
    Example:
      cofab need drop nee_7k2q9v0m --take-up
    """
    with connect(registry_url, needs_login=True) as registry:
        registry.delete(f"/needs/{need_id}/{'claim' if take_up else 'voice'}")
        _tell(registry.get(f"/needs/{need_id}"), as_json=as_json)


@need.command("link", short_help="Say in which design or proposal it is worked at.")
@click.argument("need_id", metavar="ID")
@click.option("--design", type=DESIGN, metavar="NAMESPACE/NAME", help="The design.")
@click.option("--proposal", metavar="ID", help="The proposal.")
@registry_option
@json_option
def link(
    *, need_id: str, design: DesignName | None, proposal: str | None, registry_url: str | None, as_json: bool
) -> None:
    """Say where it is worked at.

    \b
    Example:
      cofab need link nee_7k2q9v0m --design bea/hinge
    """
    body = {"design": None if design is None else str(design), "proposal": proposal}
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.post(f"/needs/{need_id}/links", body), as_json=as_json)


@need.command("answer", short_help="Close it by the version that answers it.")
@click.argument("need_id", metavar="ID")
@click.argument("version", metavar="NAMESPACE/NAME@VERSION")
@click.option("--note", "words", default="", help="How it answers.")
@registry_option
@json_option
def answer(need_id: str, version: str, words: str, registry_url: str | None, as_json: bool) -> None:
    """Close a need by the version that answers it. Those who need it may open it again.

    \b
    Example:
      cofab need answer nee_7k2q9v0m bea/hinge@1.1.0 --note "prints flat"
    """
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.post(f"/needs/{need_id}/answer", {"version": version, "words": words}), as_json=as_json)


@need.command("withdraw", short_help="Close a need of yours that nobody else has.")
@click.argument("need_id", metavar="ID")
@click.argument("reason")
@registry_option
@json_option
def withdraw(need_id: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Close a need of yours that nobody else has.

    \b
    Example:
      cofab need withdraw nee_7k2q9v0m "we bought one"
    """
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.post(f"/needs/{need_id}/withdraw", {"reason": reason}), as_json=as_json)


@need.command("reopen", short_help="Open a closed need again.")
@click.argument("need_id", metavar="ID")
@click.argument("reason")
@registry_option
@json_option
def reopen(need_id: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Open a closed need again, when you opened it or need it too.

    \b
    Example:
      cofab need reopen nee_7k2q9v0m "it breaks after a week"
    """
    with connect(registry_url, needs_login=True) as registry:
        _tell(registry.post(f"/needs/{need_id}/reopen", {"reason": reason}), as_json=as_json)


def _tell(told: "Reply", *, as_json: bool, whole: bool = False) -> None:
    if as_json:
        write_json(told.json)
        return
    head = f"{told.text('id')}: {told.text('title')} ({told.text('state')}, demand {told.number('demand') or 0:.1f})"
    if not whole:
        good(head)
        return
    say(head)
    if told.text("words"):
        say(f"  {told.text('words')}")
    table([(one.text("who"), one.text("note")) for one in told.parts("supporters")])
    table([("taken up by", one.text("member"), one.text("plan")) for one in told.parts("claims") if one.flag("live")])
    table([("worked at in", one.text("target")) for one in told.parts("links")])
    closing = " ".join(filter(None, (told.maybe_text("answer"), told.text("closing"))))
    if closing:
        say(f"  closed: {closing}")
