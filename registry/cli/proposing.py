"""`cofab propose`, `proposals` and `proposal`: offer a change to another design, and decide about what is offered."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from registry.cli.connection import connect
from registry.cli.options import DESIGN, VERSION, json_option, registry_option
from registry.cli.output import good, say, table, write_json
from registry.cli.proposal_words import tell_card, tell_merge, tell_proposal
from registry.errors import NotFound
from registry.ids import DesignName, VersionName, parse_design_name

if TYPE_CHECKING:
    from registry.client import RegistryClient
    from registry.client_reply import Json, Reply

CHOICES = ("ours", "theirs", "base", "both")
VERDICTS = {"approve": "approve", "request-changes": "request_changes", "comment": "comment"}


@click.command(short_help="Offer a version to the design that it was forked from.")
@click.argument("version", type=VERSION)
@click.option("--to", "target", type=DESIGN, help="namespace/name to offer it to. [default: what it was forked from]")
@click.option("--title", required=True, help="What it changes, in a line.")
@click.option("--words", default="", help="Why, and what to look at.")
@registry_option
@json_option
def propose(
    *,
    version: VersionName,
    target: DesignName | None,
    title: str,
    words: str,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Offer a version of a fork to its origin. It is merged with the origin's latest version and checked.

    \b
    Examples:
      cofab propose grace/bin@1.1.0 --title "Thicker walls"
      cofab propose grace/bin --to ada/bin --title "Thicker walls" --words "The old ones flexed."
    """
    with connect(registry_url, needs_login=True) as registry:
        read = registry.version(version)
        source = f"{read.text('design')}@{read.text('version')}"
        goal = str(target) if target else _origin(registry, version.design)
        told = registry.post("/proposals", {"source": source, "target": goal, "title": title, "words": words})
    if as_json:
        write_json(told.json)
        return
    good(f"{source} is offered as {told.part('card').text('label')}")
    tell_merge(told.part("merge"))
    say(f"  Look at it: cofab proposal show {told.part('card').text('label')}")


@click.command(short_help="What is offered to a design, or by somebody.")
@click.argument("design", type=DESIGN, required=False)
@click.option("--from", "source", type=DESIGN, help="Only what this design offers.")
@click.option("--member", help="Only what this member opened.")
@click.option("--all", "every", is_flag=True, help="Those that are over, too.")
@registry_option
@json_option
def proposals(
    *,
    design: DesignName | None,
    source: DesignName | None,
    member: str | None,
    every: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """List proposals, the newest first: the open ones, or all.

    \b
    Examples:
      cofab proposals ada/bin
      cofab proposals --member grace --all
    """
    query = {"open": "false" if every else "true"}
    query |= {"target": str(design)} if design else {}
    query |= {"source": str(source)} if source else {}
    query |= {"member": member} if member else {}
    with connect(registry_url) as registry:
        told = registry.get("/proposals", query)
    if as_json:
        write_json(told.json)
        return
    rows = [tell_card(card) for card in told.parts("proposals")]
    if rows:
        table(rows, indent="")
    else:
        say("There are none." if every else "There are no open ones.")


@click.group(short_help="Look at one proposal, and decide about it.")
def proposal() -> None:
    """Look at a proposal, resolve its conflicts, review it, and decide about it. It is named like ada/bin#3.

    \b
    Examples:
      cofab proposal show ada/bin#3
      cofab proposal review ada/bin#3 approve
    """


@proposal.command(short_help="How it stands.")
@click.argument("label", metavar="PROPOSAL")
@registry_option
@json_option
def show(*, label: str, registry_url: str | None, as_json: bool) -> None:
    """Say how a proposal stands: its merge, checks, reviews, and what is missing for its acceptance.

    \b
    Example:
      cofab proposal show ada/bin#3
    """
    with connect(registry_url) as registry:
        told = registry.get(_path(registry, label))
    if as_json:
        write_json(told.json)
    else:
        tell_proposal(told)


@proposal.command(short_help="What came of merging it, with its conflicts.")
@click.argument("label", metavar="PROPOSAL")
@registry_option
@json_option
def merge(*, label: str, registry_url: str | None, as_json: bool) -> None:
    """Show the merge: the files that change, and each conflict with what both sides say.

    \b
    Example:
      cofab proposal merge ada/bin#3
    """
    with connect(registry_url) as registry:
        told = registry.get(_path(registry, label)).part("merge")
    if as_json:
        write_json(told.json)
    else:
        tell_merge(told, whole=True)


@proposal.command(short_help="Resolve one of its conflicts.")
@click.argument("label", metavar="PROPOSAL")
@click.argument("conflict")
@click.option("--take", type=click.Choice(CHOICES), help="Take a side: ours is the target, theirs what is offered.")
@click.option("--text", help="Write what is to stand there.")
@click.option("--reopen", is_flag=True, help="Take the resolution back.")
@registry_option
@json_option
def resolve(
    *,
    label: str,
    conflict: str,
    take: str | None,
    text: str | None,
    reopen: bool,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Resolve a conflict by a side, by the common base, by both, or by what you write.

    \b
    Examples:
      cofab proposal resolve ada/bin#3 5f1c0a9be2d4c377 --take theirs
      cofab proposal resolve ada/bin#3 5f1c0a9be2d4c377 --text 24.5
    """
    if sum((take is not None, text is not None, reopen)) != 1:
        raise click.UsageError("say one of --take, --text and --reopen")
    with connect(registry_url, needs_login=True) as registry:
        path = f"{_path(registry, label)}/conflicts/{quote(conflict, safe='')}"
        if reopen:
            registry.delete(path)
            told = registry.get(_path(registry, label))
        else:
            told = registry.put(path, {"choice": "text", "text": text} if take is None else {"choice": take})
    if as_json:
        write_json(told.json)
    else:
        tell_merge(told.part("merge"))


@proposal.command(short_help="Approve it, ask for changes, or say something.")
@click.argument("label", metavar="PROPOSAL")
@click.argument("verdict", type=click.Choice(tuple(VERDICTS)))
@click.option("--words", default="", help="Why; due unless you approve.")
@registry_option
@json_option
def review(*, label: str, verdict: str, words: str, registry_url: str | None, as_json: bool) -> None:
    """Review a proposal. The word of maintainers, and of whom the MAINTAINERS file names, decides.

    \b
    Examples:
      cofab proposal review ada/bin#3 approve
      cofab proposal review ada/bin#3 request-changes --words "The wall is too thin at 40 mm"
    """
    _act(registry_url, label, "reviews", {"verdict": VERDICTS[verdict], "words": words}, as_json=as_json)


@proposal.command(short_help="Publish it as a version of the design.")
@click.argument("label", metavar="PROPOSAL")
@click.option("--as-version", help="The number to publish. [default: the smallest that says enough]")
@click.option("--words", default="", help="What to say with it.")
@registry_option
@json_option
def accept(*, label: str, as_version: str | None, words: str, registry_url: str | None, as_json: bool) -> None:
    """Accept a proposal: its merged content becomes a version with both parents and the contributors' names.

    \b
    Examples:
      cofab proposal accept ada/bin#3
      cofab proposal accept ada/bin#3 --as-version 2.0.0
    """
    _act(registry_url, label, "accept", {"version": as_version, "words": words}, as_json=as_json)


@proposal.command(short_help="Refuse it, with the reason.")
@click.argument("label", metavar="PROPOSAL")
@click.option("--reason", required=True, help="Why; everybody reads it, and it stays.")
@registry_option
@json_option
def decline(*, label: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Decline a proposal. The fork lives on.

    \b
    Example:
      cofab proposal decline ada/bin#3 --reason "The magnets would fall out"
    """
    _act(registry_url, label, "decline", {"reason": reason}, as_json=as_json)


@proposal.command(short_help="Take your own proposal back.")
@click.argument("label", metavar="PROPOSAL")
@click.option("--reason", default="", help="Why.")
@registry_option
@json_option
def withdraw(*, label: str, reason: str, registry_url: str | None, as_json: bool) -> None:
    """Take a proposal of your own back.

    \b
    Example:
      cofab proposal withdraw ada/bin#3
    """
    _act(registry_url, label, "withdraw", {"reason": reason}, as_json=as_json)


@proposal.command(short_help="Say something about it, or about a line.")
@click.argument("label", metavar="PROPOSAL")
@click.argument("words")
@click.option("--file", "path", help="The file that it is about.")
@click.option("--line", type=click.IntRange(1), help="The line of the file.")
@click.option(
    "--side",
    type=click.Choice(("target", "source", "merged")),
    default="merged",
    show_default=True,
    help="Whose file it is.",
)
@registry_option
@json_option
def comment(
    *,
    label: str,
    words: str,
    path: str | None,
    line: int | None,
    side: str,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Begin a thread on the whole or on a line of a file.

    \b
    Examples:
      cofab proposal comment ada/bin#3 "What for?"
      cofab proposal comment ada/bin#3 "Why not 2 mm?" --file bin.py --line 12
    """
    if (path is None) != (line is None):
        raise click.UsageError("--file and --line go together")
    about: dict[str, Json] | None = None if path is None else {"kind": "line", "side": side, "path": path, "line": line}
    with connect(registry_url, needs_login=True) as registry:
        told = registry.post(f"{_path(registry, label)}/threads", {"words": words, "about": about})
    if as_json:
        write_json(told.json)
    else:
        good("It is said.")


def _act(registry_url: str | None, label: str, what: str, body: dict[str, str | None], *, as_json: bool) -> None:
    with connect(registry_url, needs_login=True) as registry:
        told = registry.post(f"{_path(registry, label)}/{what}", {**body})
    if as_json:
        write_json(told.json)
    else:
        tell_proposal(told)


def _path(registry: "RegistryClient", label: str) -> str:
    """The address of a proposal that is named by its id or like ada/bin#3. Raises NotFound."""
    name, hash_sign, number = label.partition("#")
    if not hash_sign:
        return f"/proposals/{quote(label, safe='')}"
    target = parse_design_name(name)
    query = {"target": str(target), "limit": "100"}
    while True:
        told = registry.get("/proposals", query)
        for card in told.parts("proposals"):
            if str(card.whole("number")) == number:
                return f"/proposals/{card.text('id')}"
        cursor = told.json.get("next_cursor")
        if not isinstance(cursor, str):
            raise NotFound(f"{target} has no proposal #{number[:20]}: see `cofab proposals {target} --all`")
        query["cursor"] = cursor


def _origin(registry: "RegistryClient", design: DesignName) -> str:
    """What a design was forked from. Raises NotFound."""
    told: Reply = registry.design(design)
    origin = told.json.get("forked_from")
    if not isinstance(origin, str):
        raise NotFound(f"{design} was forked from nothing: say by --to whom it is offered to")
    return origin.partition("@")[0]
