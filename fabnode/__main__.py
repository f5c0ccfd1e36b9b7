"""`python -m fabnode`: the same as the `fabnode` script."""

from fabnode.cli import main

main()
