"""fabnode accept, settle, cancel: what a person decides about attempts."""

from pathlib import Path

import click

from fabnode.cli.output import by_option, json_option, say, user_name


@click.command()
@click.argument("attempt")
@click.argument("verdict", type=click.Choice(["good", "scrap"]))
@click.option("--reason", default=None, help="What is wrong with it, when it is scrap.")
@by_option
@json_option
@click.pass_obj
def accept(folder: Path, attempt: str, verdict: str, reason: str | None, by: str | None, *, as_json: bool) -> None:
    """Say whether the finished part of ATTEMPT counts.

    \b
    Examples:
      fabnode accept 01J8Z3 good
      fabnode accept 01J8Z3 scrap --reason "warped at one corner"
    """
    _decide(folder, attempt, "verdict", verdict, by=by, reason=reason)
    say({"attempt": attempt, "verdict": verdict}, f"{attempt}: {verdict}", as_json=as_json)


@click.command()
@click.argument("attempt")
@click.argument("outcome", type=click.Choice(["good", "scrap", "not-started"]))
@click.option("--reason", default=None, help="What you found.")
@by_option
@json_option
@click.pass_obj
def settle(folder: Path, attempt: str, outcome: str, reason: str | None, by: str | None, *, as_json: bool) -> None:
    """Say what became of an uncertain ATTEMPT, after looking at the machine.

    \b
    good         the part is there and counts
    scrap        it was begun, and what is there does not count
    not-started  the machine never began it

    \b
    Example:
      fabnode settle 01J8Z3 not-started
    """
    _decide(folder, attempt, "settle", outcome, by=by, reason=reason)
    say({"attempt": attempt, "outcome": outcome}, f"{attempt}: settled as {outcome}", as_json=as_json)


@click.command()
@click.argument("attempt")
@by_option
@json_option
@click.pass_obj
def cancel(folder: Path, attempt: str, by: str | None, *, as_json: bool) -> None:
    """Stop ATTEMPT: at once when it is only prepared, on the machine when it prints.

    \b
    Example:
      fabnode cancel 01J8Z3
    """
    _decide(folder, attempt, "cancel", "", by=by, reason=None)
    say({"attempt": attempt, "cancel": "asked"}, f"{attempt}: cancellation asked for", as_json=as_json)


def _decide(folder: Path, attempt: str, decision: str, verdict: str, *, by: str | None, reason: str | None) -> None:
    from fabnode.cli.local import desk
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        there.decide(attempt, decision, verdict, user_name(by), reason)
