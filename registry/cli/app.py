"""The command tree, and how a command ends: exit status 0 done, 1 it failed, 2 it was called wrongly, 130 stopped."""

import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import NoReturn

import click

from designs.errors import DesignError
from registry.cli.output import clean
from registry.errors import RegistryError

MODULES: Mapping[str, str] = {
    "init": "starting",
    "check": "checking",
    "build": "building",
    "compare": "comparing",
    "register": "account",
    "login": "account",
    "logout": "account",
    "whoami": "account",
    "token": "tokens",
    "key": "keys",
    "group": "groups",
    "publish": "publishing",
    "sign": "signing",
    "fork": "forking",
    "propose": "proposing",
    "proposals": "proposing",
    "proposal": "proposing",
    "yank": "forking",
    "recall": "recalling",
    "search": "looking",
    "show": "looking",
    "lineage": "lineage",
    "download": "downloading",
    "licence": "licensing",
    "source": "licensing",
    "import": "importing",
    "export-okh": "importing",
    "verify": "verifying",
    "order": "ordering",
    "watch": "watching",
    "orders": "watching",
    "where": "amending",
    "redo": "amending",
    "cancel": "amending",
    "pause": "directing",
    "resume": "directing",
    "stop": "directing",
    "priority": "amending",
    "facility": "facility",
    "need": "needs",
    "timeline": "timelines",
    "hook": "hooks",
    "transfer": "handing_over",
    "export": "handing_over",
    "admin": "administering",
    "serve": "serving",
    "doctor": "doctor",
    "completion": "completion",
}
"""Commands in the order in which people need them, and the module each stands in."""

FAILED, MISUSED, STOPPED = 1, 2, 130


class LazyGroup(click.Group):
    """Loads the module of a command when the command is named, so that starting is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = importlib.import_module(f"registry.cli.{MODULES[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command = vars(module)[f"{name}_" if iskeyword(name) else name]
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cofab", prog_name="cofab")
def cofab() -> None:
    """Design globally, manufacture locally: publish parametric designs, fork them, and have them made nearby.

    \b
    A first design, from nothing to a printed part:
      cofab init my-hook && cd my-hook
      cofab build -p width=24
      cofab login http://127.0.0.1:8440
      cofab publish
      cofab order ada/my-hook -p width=24 --wait
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status."""
    as_json = "--json" in arguments
    try:
        result = cofab.main(list(arguments), prog_name="cofab", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (DesignError, RegistryError, OSError) as error:
        _tell(error, as_json=as_json)
        return FAILED
    return result if isinstance(result, int) else 0


def main() -> NoReturn:
    """The console script `cofab`."""
    sys.exit(run(sys.argv[1:]))


def _tell(error: DesignError | RegistryError | OSError, *, as_json: bool) -> None:
    """One error for people, or as JSON for programs; always on the error stream."""
    message = _message(error)
    problems = [str(problem) for problem in vars(error).get("problems", ())]
    if as_json:
        reason = error.reason if isinstance(error, RegistryError) else type(error).__name__
        told = {"error": {"code": reason, "message": message, "problems": problems}}
        click.echo(json.dumps(told, ensure_ascii=False), err=True)
        return
    head = click.style("error: ", fg="red", bold=True)
    if len(problems) > 1 or (problems and problems[0] not in message):
        click.echo(f"{head}{len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
        for problem in problems:
            click.echo(f"  {clean(problem)}", err=True)
    else:
        click.echo(head + clean(message), err=True)


def _message(error: DesignError | RegistryError | OSError) -> str:
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return str(error)
