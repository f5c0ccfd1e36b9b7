"""Options that several commands have, and reading of what they are given."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from registry.errors import Invalid
from registry.ids import DesignName, VersionName, parse_design_name, parse_version_name

F = TypeVar("F", bound=Callable[..., Any])

json_option: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
registry_option: Callable[[F], F] = click.option(
    "--registry",
    "registry_url",
    envvar="COFAB_REGISTRY",
    metavar="URL",
    help="Address of the registry. [default: the one you last logged in to]",
)
parameters_option: Callable[[F], F] = click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Choose a parameter, like -p wall=2. As often as needed.",
)
preset_option: Callable[[F], F] = click.option(
    "--preset", metavar="NAME", help="Start from one of the design's presets."
)


def read_parameters(given: Sequence[str]) -> dict[str, str]:
    """`name=value` pairs as a dictionary; a pair that is none, or a name given twice, is a usage error."""
    chosen: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE, like wall=2", param_hint="-p")
        if name.strip() in chosen:
            raise click.BadParameter(f"{name.strip()} is given twice", param_hint="-p")
        chosen[name.strip()] = value
    return chosen


class DesignNameType(click.ParamType[DesignName]):
    """`namespace/name`."""

    name = "namespace/name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> DesignName:
        try:
            return parse_design_name(str(value))
        except Invalid as error:
            self.fail(error.message, param, ctx)


class VersionNameType(click.ParamType[VersionName]):
    """`namespace/name@version`; without a version the latest."""

    name = "namespace/name[@version]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> VersionName:
        text = str(value)
        try:
            if "@" not in text:
                return VersionName(parse_design_name(text), LATEST)
            if text.endswith(f"@{LATEST}"):
                return VersionName(parse_design_name(text.removesuffix(f"@{LATEST}")), LATEST)
            return parse_version_name(text)
        except Invalid as error:
            self.fail(error.message, param, ctx)


LATEST = "latest"
DESIGN = DesignNameType()
VERSION = VersionNameType()
