"""Proposals in words, for a terminal."""

from typing import TYPE_CHECKING

from registry.cli.output import say, table

if TYPE_CHECKING:
    from registry.client_reply import Reply

_MERGES = {
    "clean": "It merges cleanly.",
    "nothing": "The target has everything that is offered already.",
    "computing": "The merge is being computed.",
}
_MARKS = {"passed": "✓", "failed": "✗", "warned": "!", "running": "…", "queued": "…", "skipped": "-"}


def tell_card(card: "Reply") -> list[str]:
    """A row of a list."""
    conflicts = card.whole("open_conflicts")
    merge = f"{conflicts} conflicts" if conflicts else card.text("merge")
    return [card.text("label"), card.text("state"), merge, card.text("source"), card.text("title")]


def tell_proposal(told: "Reply") -> None:
    """How a proposal stands."""
    card = told.part("card")
    say(f"{card.text('label')}  {card.text('title')}")
    say(f"  {card.text('state')}: {card.text('source')}, by {card.text('opened_by')}")
    ending = told.json.get("ending")
    if isinstance(ending, dict):
        version, reason = ending.get("version"), ending.get("reason")
        say(f"  by {ending.get('by')}" + (f", as {version}" if version else "") + (f": {reason}" if reason else ""))
    tell_merge(told.part("merge"))
    for check in told.parts("checks"):
        say(f"  {_MARKS.get(check.text('state'), '?')} {check.text('name')}: {check.text('summary')}")
        for line in check.json["lines"] if isinstance(check.json["lines"], list) else []:
            say(f"      {line}")
    for review in told.parts("reviews"):
        outdated = " (outdated)" if review.json.get("outdated") else ""
        say(f"  {review.text('by')}: {review.text('verdict')}{outdated}  {review.text('words')}")
    acceptance = told.part("acceptance")
    if ending is None and acceptance.json.get("ready"):
        say(f"  Ready: acceptance publishes {acceptance.text('version')}")
    elif ending is None:
        missing = acceptance.json.get("missing")
        for reason in missing if isinstance(missing, list) else []:
            say(f"  Missing: {reason}")


def tell_merge(merge: "Reply", *, whole: bool = False) -> None:
    """What came of a merge; `whole` with what the sides say."""
    conflicts = [conflict for conflict in merge.parts("conflicts") if conflict.json.get("resolution") is None]
    state = merge.text("state")
    say(f"  {_MERGES.get(state) or merge.text('reason') or f'{len(conflicts)} conflicts are open.'}")
    if whole:
        table([[each.text("how"), each.text("path")] for each in merge.parts("changed")])
    for conflict in conflicts:
        say(f"  {conflict.text('id')}  {conflict.text('message')}")
        for side in ("base", "ours", "theirs") if whole else ():
            text = conflict.json.get(side)
            for line in text.splitlines() if isinstance(text, str) else ["(nothing)"]:
                say(f"    {side:>6} | {line}")
