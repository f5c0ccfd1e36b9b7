"""Runs `cofab` as a person at a terminal of their own would: own settings folder, own token file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from registry.cli.app import run


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """One person's terminal. Commands run in this process, as the console script runs them."""

    def __init__(self, home: Path, env: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.env: dict[str, str | None] = {
            "XDG_CONFIG_HOME": str(home / "config"),
            "HOME": str(home),
            "COFAB_TOKEN": None,
            "COFAB_REGISTRY": None,
            **(env or {}),
        }

    @property
    def token_file(self) -> Path:
        return self.home / "config" / "cofab" / "logins.json"

    def cofab(self, *arguments: str | Path, stdin: str = "") -> Ended:
        """Run one command line."""
        with CliRunner().isolation(input=stdin, env=self.env) as (out, err, _):
            status = run([str(argument) for argument in arguments])
            return Ended(status, out.getvalue().decode(), err.getvalue().decode())

    def well(self, *arguments: str | Path, stdin: str = "") -> Ended:
        """Run one command line that must go well."""
        ended = self.cofab(*arguments, stdin=stdin)
        if ended.status != 0:
            raise AssertionError(f"cofab {' '.join(map(str, arguments))} ended with {ended.status}: {ended.err}")
        return ended
