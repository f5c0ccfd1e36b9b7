"""`cofab completion`: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class

from registry.errors import Unavailable


@click.command(short_help="Write shell completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Write the completion script for your shell to the output stream.

    \b
    Examples:
      cofab completion bash > ~/.local/share/bash-completion/completions/cofab
      cofab completion zsh > ~/.zfunc/_cofab
      cofab completion fish > ~/.config/fish/completions/cofab.fish
    """
    kind = get_completion_class(shell)
    root = context.find_root().command
    if kind is None:
        raise click.BadParameter(f"{shell} is not known")
    try:
        click.echo(kind(root, {}, "cofab", "_COFAB_COMPLETE").source())
    except RuntimeError as error:
        raise Unavailable(f"no completion for this {shell}: {error}", code="no_completion") from error
