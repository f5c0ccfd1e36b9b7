"""The `fabnode` command. Light to start: a command imports what it needs when it runs."""

import sys
from pathlib import Path

import click

from fabnode.cli.beds import bed
from fabnode.cli.deciding import accept, cancel, pause, resume, settle
from fabnode.cli.discovering import discover
from fabnode.cli.enrolment import enroll
from fabnode.cli.machines import machine
from fabnode.cli.notifying import notify
from fabnode.cli.outfitting import allow_short, fit, load, maintenance, spool, unload
from fabnode.cli.profiles import profile
from fabnode.cli.running import run
from fabnode.cli.seeing import doctor, status


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cofab", prog_name="fabnode")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="FABNODE_HOME",
    help="The agent's folder (configuration, journal, cache). Default: the user's data folder.",
)
@click.pass_context
def fabnode(context: click.Context, home: Path | None) -> None:
    """The agent that makes Cofab orders on the machines of one facility.

    \b
    Begin:
      fabnode enroll https://cofab.example.org --code 7GH2-KX
      fabnode machine add octoprint http://octopi.local --profile prusa-mk4 --material PLA:black
      fabnode run
    """
    context.obj = home or _default_home()


def _default_home() -> Path:
    import platformdirs

    return platformdirs.user_data_path("fabnode", appauthor=False)


for _command in (enroll, run, machine, bed, accept, settle, pause, resume, cancel, status, doctor):
    fabnode.add_command(_command)
for _command in (discover, load, unload, fit, allow_short, spool, maintenance, notify, profile):
    fabnode.add_command(_command)


def main() -> None:
    """The console script: errors that people can do something about are said in words, not as a trace."""
    from fabnode.errors import FabnodeError
    from printers.machine import MachineError

    try:
        fabnode.main(standalone_mode=False)
    except (FabnodeError, MachineError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
