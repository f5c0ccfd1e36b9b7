"""Names in addresses, read once."""

from typing import Annotated

from fastapi import Depends, Path

from registry.ids import DesignName, design_name

Segment = Annotated[str, Path(max_length=63, examples=["ada"])]


def design_in_path(
    namespace: Segment, name: Annotated[str, Path(max_length=63, examples=["gridfinity-bin"])]
) -> DesignName:
    """The design that an address names; raises Invalid."""
    return design_name(namespace, name)


DesignPath = Annotated[DesignName, Depends(design_in_path)]
VersionPath = Annotated[str, Path(max_length=64, examples=["1.2.0"])]
"""A version's number, or `latest` where one is only read."""
