"""`cofab`, the command line. One module a group of commands; each is loaded when its command is called."""

from registry.cli.app import main

__all__ = ["main"]
