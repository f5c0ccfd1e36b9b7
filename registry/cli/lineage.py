"""`cofab lineage`: what a version comes from, what came of it, who uses it, and how a fork stands to its origin."""

from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import good, note, say, table, warn, write_json
from registry.ids import VersionName

if TYPE_CHECKING:
    from registry.client import RegistryClient, Reply

FAMILY, ANCESTORS, DESCENDANTS, USERS = "family", "ancestors", "descendants", "users"
CONCERNED, NEWS, DRIFT = "concerned", "news", "drift"
_RELATIVES = {ANCESTORS: "comes from nothing else", DESCENDANTS: "nothing came of it yet", USERS: "nobody uses it yet"}


@click.command(short_help="Show what a design comes from, and what came of it.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME[@VERSION]")
@click.option("--ancestors", "what", flag_value=ANCESTORS, help="What the version comes from, nearest first.")
@click.option("--descendants", "what", flag_value=DESCENDANTS, help="What came of the version, nearest first.")
@click.option("--users", "what", flag_value=USERS, help="What is built from it, directly or through others.")
@click.option("--concerned", "what", flag_value=CONCERNED, help="Whom it would concern if the version were withdrawn.")
@click.option("--news", "what", flag_value=NEWS, help="What the origin of a fork has released since.")
@click.option("--drift", "what", flag_value=DRIFT, help="How far a fork and its origin have gone apart.")
@click.option("--parameter", metavar="NAME", help="With --concerned: also whom it concerns if this parameter goes.")
@click.option("--depth", type=click.IntRange(1, 10_000), help="Follow at most so many steps.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="List at most so many.")
@registry_option
@json_option
def lineage(
    *,
    version: VersionName,
    what: str | None,
    parameter: str | None,
    depth: int | None,
    limit: int,
    registry_url: str | None,
    as_json: bool,
) -> None:
    """Show the family of a design as a tree, or one thing that is asked of a version or a fork.

    \b
    Examples:
      cofab lineage ada/gridfinity-bin
      cofab lineage ada/gridfinity-bin@1.2.0 --descendants --limit 20
      cofab lineage ada/screw@1.0.0 --concerned --parameter length
      cofab lineage bea/my-bin --news
      cofab lineage bea/my-bin --drift --json
    """
    wanted = what or FAMILY
    if parameter is not None and wanted != CONCERNED:
        raise click.UsageError("--parameter goes with --concerned")
    with connect(registry_url) as registry:
        answer = _ask(registry, version, wanted, parameter=parameter, depth=depth, limit=limit)
    if as_json:
        write_json(answer.json)
    elif wanted in _RELATIVES:
        _tell_relatives(answer, wanted)
    elif wanted == CONCERNED:
        _tell_concerned(answer)
    elif wanted == NEWS:
        tell_news(answer)
    elif wanted == DRIFT:
        _tell_drift(answer)
    else:
        _tell_family(answer, str(version.design))


def _ask(
    registry: "RegistryClient", version: VersionName, what: str, *, parameter: str | None, depth: int | None, limit: int
) -> "Reply":
    design = f"/designs/{version.design}"
    if what in {NEWS, DRIFT}:
        return registry.get(f"{design}/{what}")
    if what == FAMILY:
        return registry.get(f"{design}/lineage")
    if what == CONCERNED:
        return registry.get(
            f"{design}/versions/{version.version}/concerned", {"parameter": parameter} if parameter else {}
        )
    query: dict[str, str | int | bool] = {"limit": limit, **({"depth": depth} if depth else {})}
    return registry.get(f"{design}/versions/{version.version}/{what}", query)


def _tell_relatives(page: "Reply", what: str) -> None:
    found = list(page.parts("versions"))
    _tell_rows(found)
    if not found:
        note(_RELATIVES[what])
    if page.json.get("next_after") is not None or page.flag("cut"):
        note(f"there are more: ask with a --limit above {len(found)}, or of one of the last versions")


def _tell_rows(relatives: "list[Reply]") -> None:
    table(
        [
            (
                each.text("version"),
                _steps(each.whole("steps")),
                each.text("kind"),
                each.text("licence"),
                each.text("published_by"),
                "recalled" if each.flag("recalled") else "withdrawn" if each.flag("withdrawn") else "",
            )
            for each in relatives
        ],
        indent="",
    )


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _tell_concerned(answer: "Reply") -> None:
    users, forks = list(answer.parts("users")), list(answer.parts("forks"))
    for title, found in (("Built from it:", users), ("Came of it in other designs:", forks)):
        if found:
            say(title)
            _tell_rows(found)
    named = answer.texts("users_of_parameter")
    if named:
        say(f"Use it and have a parameter of that name: {', '.join(named)}")
    if not users and not forks:
        note("nobody: nothing uses it, and nothing came of it in other designs")
    if answer.flag("cut"):
        note("there are more than are listed")


def tell_news(news: "Reply") -> None:
    """What a fork's origin has released since, in words."""
    base, withdrawn = news.text("base"), news.maybe_text("base_withdrawn")
    if withdrawn is not None:
        warn(
            f"{base}, from which it comes, was {'recalled' if news.flag('base_recalled') else 'withdrawn'}: {withdrawn}"
        )
    releases = list(news.parts("releases"))
    if not releases:
        good(f"it has all of {news.text('origin')}: nothing is newer than {base}")
        return
    more = "more than " if news.flag("more") else ""
    newer = "version" if len(releases) == 1 else "versions"
    say(f"its origin {news.text('origin')} has {more}{len(releases)} newer {newer} than {base}:")
    table(
        [
            (each.text("version"), each.text("published_at")[:10], each.text("changelog").partition("\n")[0])
            for each in releases[:10]
        ]
    )


def _tell_drift(drift: "Reply") -> None:
    bases = ", ".join(drift.texts("bases")) or "nothing in common"
    say(f"{drift.text('fork')} is {drift.whole('ahead')} ahead, {drift.whole('behind')} behind {drift.text('origin')}")
    say(f"Both come from: {bases}")
    licences = drift.maybe_part("licence")
    if licences is not None:
        say(f"Licence: {licences.text('fork')} here, {licences.text('origin')} in the origin")
    for kind in ("parameters", "files"):
        part = drift.part(kind)
        for key, word in (("added", "only here"), ("gone", "only in the origin"), ("changed", "different")):
            names = part.texts(key)
            if names:
                say(f"{kind.capitalize()} {word}: {', '.join(names)}")


def _tell_family(family: "Reply", design: str) -> None:
    from registry.cli.family_tree import FamilyEdge, Relative, tree_lines

    nodes = [
        Relative(
            n.text("version"), n.text("design"), n.text("published_by"), n.text("published_at"), n.flag("withdrawn")
        )
        for n in family.parts("nodes")
    ]
    edges = [FamilyEdge(e.text("child"), e.text("parent"), e.text("kind")) for e in family.parts("edges")]
    for line in tree_lines(nodes, edges, design):
        say(line)
    if not family.flag("complete"):
        note("the family is larger: these versions are the nearest")
