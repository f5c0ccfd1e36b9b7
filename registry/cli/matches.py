"""Machines, judged for an order: for people and for programs."""

from typing import TYPE_CHECKING

from registry.cli.output import say, warn, write_json

if TYPE_CHECKING:
    from registry.client import Reply


def tell_matches(matches: "Reply", *, as_json: bool) -> None:
    """Which machines can make it and which cannot, why, and what it comes to there."""
    if as_json:
        write_json(matches.json)
        return
    for each in matches.parts("machines"):
        machine, can = each.part("machine"), each.flag("can")
        place = f"{machine.text('name')} ({machine.text('model')}) at {machine.text('facility_name')}"
        say(f"{'✓' if can else '✗'} {place} {each.text('verdict')}")
        facts = list(each.texts("figures"))
        if facts:
            say(f"    {', '.join(facts)}")
        for reason in each.parts("notes" if can else "reasons"):
            say(f"    {reason.text('words')}")
    (say if matches.whole("able") else warn)(matches.text("where"))
