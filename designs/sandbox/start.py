"""Starts the warm worker in any interpreter, whether or not Cofab is installed there: `python start.py SETTINGS`.

The `designs` package is loaded from the folder that this file stands in, without putting the folder around it on the
import path: what else lies there (a whole checkout) stays out of a task's reach.
"""

import importlib.util
import sys
from pathlib import Path

PACKAGE = "designs"


def main() -> None:
    """Load the package, then be the worker."""
    folder = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    from designs.sandbox import zygote

    zygote.main()


if __name__ == "__main__":
    main()
