"""Which functions of CadQuery write files."""

from designs.scripts.exporting import Watch

_SHAPE_METHODS = ("exportStl", "exportStep", "exportBrep", "exportBin", "export")


def watch_exports(exported: list[object]) -> None:
    """From now on every export in this process appends what it would write to the list."""
    import cadquery as cq
    from cadquery.occ_impl import exporters
    from cadquery.occ_impl.exporters import assembly, dxf, svg

    watch = Watch(exported)
    for name in _SHAPE_METHODS:
        watch.replace(cq.Shape, name, lambda _shape: True)
    for owner, name in (
        (cq.Workplane, "export"),
        (cq.Workplane, "exportSvg"),
        (cq.Sketch, "export"),
        (cq.Assembly, "save"),
        (cq.Assembly, "export"),
    ):
        watch.replace(owner, name, lambda itself: itself)
    for module in (exporters, assembly, dxf, svg):
        for name in [name for name in vars(module) if name.startswith("export")]:
            watch.replace(module, name, lambda _what: None)
