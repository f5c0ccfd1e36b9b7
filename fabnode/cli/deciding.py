"""fabnode accept, settle, pause, resume, cancel: what a person decides about attempts."""

from pathlib import Path

import click

from fabnode.cli.output import by_option, json_option, say, user_name

_copies_option = click.option(
    "--copies",
    type=click.IntRange(0, 100),
    default=None,
    help="Of a plate with several copies: how many are good; the others are scrap. [default: all]",
)


@click.command()
@click.argument("attempt")
@click.argument("verdict", type=click.Choice(["good", "scrap"]))
@_copies_option
@click.option("--reason", default=None, help="What is wrong with it, when it is scrap.")
@by_option
@json_option
@click.pass_obj
def accept(
    folder: Path, *, attempt: str, verdict: str, copies: int | None, reason: str | None, by: str | None, as_json: bool
) -> None:
    """Say whether the finished part of ATTEMPT counts, or how many of its plate do. A machine's key will do.

    \b
    Examples:
      fabnode accept prusa-1 good
      fabnode accept 01J8Z3 good --copies 3
      fabnode accept 01J8Z3 scrap --reason "warped at one corner"
    """
    _decide(folder, attempt, "verdict", by=by, verdict=verdict, reason=reason, good_copies=_good(verdict, copies))
    said = {"attempt": attempt, "verdict": verdict, "good_copies": copies}
    say(said, f"{attempt}: {_counted(verdict, copies)}", as_json=as_json)


@click.command()
@click.argument("attempt")
@click.argument("outcome", type=click.Choice(["good", "scrap", "not-started"]))
@_copies_option
@click.option("--reason", default=None, help="What you found.")
@by_option
@json_option
@click.pass_obj
def settle(
    folder: Path, *, attempt: str, outcome: str, copies: int | None, reason: str | None, by: str | None, as_json: bool
) -> None:
    """Say what became of an uncertain ATTEMPT, after looking at the machine. The machine's key will do.

    \b
    good         the part is there and counts
    scrap        it was begun, and what is there does not count
    not-started  the machine never began it

    \b
    Example:
      fabnode settle prusa-1 not-started
    """
    _decide(folder, attempt, "settle", by=by, verdict=outcome, reason=reason, good_copies=_good(outcome, copies))
    said = {"attempt": attempt, "outcome": outcome, "good_copies": copies}
    say(said, f"{attempt}: settled as {_counted(outcome, copies)}", as_json=as_json)


@click.command()
@click.argument("attempt")
@by_option
@json_option
@click.pass_obj
def pause(folder: Path, attempt: str, by: str | None, *, as_json: bool) -> None:
    """Hold the print of ATTEMPT, or that of a machine by its key; `fabnode resume` lets it go on.

    \b
    Example:
      fabnode pause prusa-1
    """
    _decide(folder, attempt, "pause", by=by)
    say({"attempt": attempt, "pause": "asked"}, f"{attempt}: asked to pause", as_json=as_json)


@click.command()
@click.argument("attempt")
@by_option
@json_option
@click.pass_obj
def resume(folder: Path, attempt: str, by: str | None, *, as_json: bool) -> None:
    """Let the paused print of ATTEMPT, or of a machine by its key, go on.

    \b
    Example:
      fabnode resume prusa-1
    """
    _decide(folder, attempt, "resume", by=by)
    say({"attempt": attempt, "resume": "asked"}, f"{attempt}: asked to go on", as_json=as_json)


@click.command()
@click.argument("attempt")
@by_option
@json_option
@click.pass_obj
def cancel(folder: Path, attempt: str, by: str | None, *, as_json: bool) -> None:
    """Stop ATTEMPT, or what a machine holds by its key: at once when it is only prepared, else on the machine.

    \b
    Example:
      fabnode cancel prusa-1
    """
    _decide(folder, attempt, "cancel", by=by)
    say({"attempt": attempt, "cancel": "asked"}, f"{attempt}: cancellation asked for", as_json=as_json)


def _good(verdict: str, copies: int | None) -> int | None:
    """Raises BadParameter: a number of good copies says nothing of what is scrap."""
    if copies is not None and verdict != "good":
        raise click.BadParameter(f"--copies {copies} says how many are good: use it with `good`, not with {verdict!r}")
    return copies


def _counted(verdict: str, copies: int | None) -> str:
    return verdict if copies is None else f"{copies} copies {verdict}"


def _decide(
    folder: Path,
    attempt: str,
    decision: str,
    *,
    by: str | None,
    verdict: str = "",
    reason: str | None = None,
    good_copies: int | None = None,
) -> None:
    from fabnode.cli.local import desk
    from fabnode.cli.meaning import attempt_meant
    from fabnode.decisions import Said
    from fabnode.home import Home

    with desk(Home(folder)) as there:
        there.decide(
            attempt_meant(there.status(), attempt, decision),
            decision,
            Said(user_name(by), verdict, reason, good_copies),
        )
