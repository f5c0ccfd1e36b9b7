"""What a page shows of a comparison: figures as people read them, and rows for its tables. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from designs.compare import MODEL, ValueChange
from designs.comparing.changes import Change
from designs.comparing.choices import Choice, Presence
from designs.comparing.figures import FigureChange
from designs.comparing.files import FileChange, FileState
from designs.comparing.shapes import BodyChange, BodyState, ShapeChange, Solid, Verdict
from designs.digest import JsonValue
from designs.measure import Vector
from designs.values import UNITS
from registry.web.build_words import STAGES, blob_url
from registry.web.formatting import figure, file_size, plural, volume
from registry.work.comparing import Compared

COMPARING = {
    "read": "Reading both shapes",
    "mesh": "Making the meshes",
    "divide": "Finding what is on one side only",
    "pieces": "Telling the pieces apart",
    "done": "Ready",
}
VERDICTS = {
    Verdict.IDENTICAL: ("The shapes are identical", "Both builds gave the very same geometry.", "good"),
    Verdict.SAME: ("The shape is the same", "The geometry is written otherwise, but it is the same solid.", "good"),
    Verdict.IMPOSSIBLE: ("The shapes cannot be compared", "", "warn"),
}
_MAIN = ("volume_mm3", "area_mm2", "mass_g", "bounding_box.size", "bodies", "solids", "watertight")
"""Figures that come first; the others are folded away."""
_AXES = {"0": "x", "1": "y", "2": "z"}
_MOST_PIECES = 8


@dataclass(frozen=True)
class Row:
    """One thing before and after."""

    name: str
    before: str
    after: str
    change: str = ""
    note: str = ""


@dataclass(frozen=True)
class Part:
    """Added, removed or kept material, for the legend of the 3D view."""

    name: str
    words: str
    amount: str
    share: str


@dataclass(frozen=True)
class ComparisonWords:
    """A comparison, ready to be drawn."""

    under_way: bool
    stage: str
    progress: float
    title: str
    """What came out, in a line."""
    text: str
    tone: str
    error: str
    model_url: str | None
    parts: tuple[Part, ...]
    facts: tuple[Row, ...]
    """Of both solids as a whole."""
    pieces: tuple[Row, ...]
    further_pieces: str
    bodies: tuple[Row, ...]
    parameters: tuple[Row, ...]
    manifest: tuple[Row, ...]
    figures: tuple[Row, ...]
    more_figures: tuple[Row, ...]
    files: tuple[Row, ...]


def comparison_words(found: Compared) -> ComparisonWords:
    """Words and rows for the page."""
    shape, values = found.shape, found.values
    title, text, tone = _verdict(shape, values)
    main, more = _figures(values.figures)
    return ComparisonWords(
        under_way=not found.state.final,
        stage=COMPARING.get(found.stage) or STAGES.get(found.stage, found.stage.replace("_", " ").capitalize()),
        progress=found.progress,
        title=title,
        text=text,
        tone=tone,
        error="" if found.error is None else found.error.message,
        model_url=None if found.model is None else blob_url(found.model.sha256, MODEL),
        parts=_parts(shape),
        facts=_solids(shape),
        pieces=_pieces(shape),
        further_pieces=_further(shape),
        bodies=_bodies(shape),
        parameters=parameter_rows(values.choices),
        manifest=manifest_rows(values.manifest),
        figures=main,
        more_figures=more,
        files=tuple(_file(change) for change in values.files),
    )


def parameter_rows(choices: Iterable[Choice]) -> tuple[Row, ...]:
    """What differs about parameters: values, and what is declared of them."""
    return tuple(row for choice in choices for row in _choice(choice))


def manifest_rows(changes: Iterable[Change]) -> tuple[Row, ...]:
    """What else differs in the manifest."""
    return tuple(Row(_manifest_name(each.name), *_both(each)) for each in changes)


def _verdict(shape: ShapeChange | None, values: ValueChange) -> tuple[str, str, str]:
    if shape is None:
        return "", "", "info"
    if shape.verdict is Verdict.IMPOSSIBLE:
        return VERDICTS[shape.verdict][0], shape.reason[:1].upper() + shape.reason[1:] + ".", "warn"
    if shape.verdict is not Verdict.DIFFERENT:
        return VERDICTS[shape.verdict]
    changed = [
        plural(len(values.choices), "parameter"),
        plural(len(values.files), "file"),
    ]
    share = _percent(shape.kept_share)
    return "The shape is different", f"{share} of both together is the same. {' and '.join(changed)} differ.", "info"


def _parts(shape: ShapeChange | None) -> tuple[Part, ...]:
    if shape is None or shape.verdict is not Verdict.DIFFERENT:
        return ()
    after = shape.after.volume_mm3 if shape.after else 0
    before = shape.before.volume_mm3 if shape.before else 0
    return (
        Part("added", "Added", volume(shape.added_mm3), _of(shape.added_mm3, after, "the second")),
        Part("removed", "Removed", volume(shape.removed_mm3), _of(shape.removed_mm3, before, "the first")),
        Part("kept", "Kept", volume(shape.kept_mm3), f"{_percent(shape.kept_share)} of both together"),
    )


def _solids(shape: ShapeChange | None) -> tuple[Row, ...]:
    if shape is None or shape.before is None or shape.after is None:
        return ()
    first, second = shape.before, shape.after
    rows = [
        Row("Volume", volume(first.volume_mm3), volume(second.volume_mm3)),
        Row("Size", _size(first), _size(second)),
        Row("Centre of mass", _point(first.centre), _point(second.centre)),
    ]
    moved = sum(part**2 for part in shape.shift or ()) ** 0.5
    if moved > shape.tolerance_mm:
        rows[-1] = Row(*(rows[-1].name, rows[-1].before, rows[-1].after), f"{figure(moved)} mm away")
    return tuple(rows)


def _pieces(shape: ShapeChange | None) -> tuple[Row, ...]:
    return tuple(
        Row(
            "Added" if piece.added else "Removed",
            volume(piece.volume_mm3),
            " × ".join(figure(high - low) for low, high in zip(piece.least, piece.greatest, strict=True)) + " mm",
            _point(_middle(piece.least, piece.greatest)),
        )
        for piece in (shape.pieces[:_MOST_PIECES] if shape else ())
    )


def _further(shape: ShapeChange | None) -> str:
    if shape is None:
        return ""
    smaller = len(shape.pieces[_MOST_PIECES:]) + shape.more_pieces
    words = [f"{plural(smaller, 'smaller piece')} besides"] if smaller else []
    if shape.thin_pieces:
        thin = f"{plural(shape.thin_pieces, 'piece')} thinner than {figure(shape.tolerance_mm * 1000)} µm"
        words.append(f"{thin} ({volume(shape.thin_mm3)} in all), which may come of the facets alone")
    return "; ".join(words)


def _bodies(shape: ShapeChange | None) -> tuple[Row, ...]:
    """Those that changed; of a part that is one body there is nothing more to say."""
    if shape is None or len(shape.bodies) < 2:
        return ()
    return tuple(_body(body) for body in shape.bodies if body.state is not BodyState.SAME or body.before != body.after)


def _body(body: BodyChange) -> Row:
    name = body.before or body.after or ""
    if body.before and body.after and body.before != body.after:
        name = f"{body.before} → {body.after}"
    moved = sum(part**2 for part in body.shift or ()) ** 0.5
    words = body.state.value + (f" by {figure(moved)} mm" if body.state is BodyState.MOVED else "")
    before = "" if body.before is None else volume(body.volume_before_mm3)
    return Row(name, before, "" if body.after is None else volume(body.volume_after_mm3), words)


def _choice(choice: Choice) -> Iterable[Row]:
    sign, name = UNITS.get(choice.unit, ""), choice.label or choice.name
    if choice.presence is not Presence.BOTH or choice.before != choice.after:
        before, after = (_with_unit(value, sign) for value in (choice.before, choice.after))
        note = {Presence.ADDED: "new", Presence.REMOVED: "gone"}.get(choice.presence, "")
        yield Row(name, before, after, _change(choice.difference, choice.relative, sign), note)
    for change in choice.declared:
        yield Row(name, *_both(change), note=change.name)


def _figures(changes: Sequence[FigureChange]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    main = [change for change in changes if change.name.startswith(_MAIN)]
    return tuple(map(_figure, main)), tuple(_figure(change) for change in changes if change not in main)


def _figure(change: FigureChange) -> Row:
    before, after = (_with_unit(value, change.unit) for value in (change.before, change.after))
    difference = None if change.difference is None else figure(change.difference)
    return Row(figure_name(change), before, after, _change(difference, change.relative, change.unit))


def figure_name(change: FigureChange) -> str:
    """`bounding_box.size.0` → `Bounding box, size x`."""
    words = [_AXES.get(part, part).replace("_", " ") for part in change.name.split(".")]
    ends = {" mm3", " mm2", " mm", " g", " deg"}
    words = [next((word.removesuffix(end) for end in ends if word.endswith(end)), word) for word in words]
    name = words[0] + (", " + " ".join(words[1:]) if len(words) > 1 else "")
    return name[:1].upper() + name[1:]


def _file(change: FileChange) -> Row:
    before, after = (None if file is None else file_size(file.size) for file in (change.before, change.after))
    moved = change.state is FileState.MOVED and change.before is not None
    note = f"was {change.before.path}" if moved and change.before is not None else ""
    return Row(change.path, before or "", after or "", change.state.value, note)


def _manifest_name(name: str) -> str:
    table, _, rest = name.partition(".")
    words = rest if table == "design" else name.replace(".", ": ", 1)
    return (words[:1].upper() + words[1:]).replace("_", " ")


def _both(change: Change) -> tuple[str, str]:
    return _words(change.before), _words(change.after)


def _words(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _with_unit(value: str | bool | float | None, unit: str) -> str:
    if value is None or isinstance(value, bool):
        return _words(value)
    words = figure(int(value) if value == int(value) else value) if isinstance(value, float) else value
    return f"{words}\u202f{unit}" if unit in {"°", "%"} else f"{words} {unit}".strip()


def _change(difference: str | None, relative: float | None, unit: str) -> str:
    if difference is None:
        return ""
    sign = "" if difference.startswith("-") else "+"
    share = "" if relative is None else f" ({relative * 100:+.3g} %)"
    return f"{sign}{difference} {unit}".strip().replace("-", "−") + share.replace("-", "−")


def _of(part: float, whole: float, what: str) -> str:
    return f"{_percent(part / whole)} of {what}" if whole else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{figure(share * 100)} %"


def _size(solid: Solid) -> str:
    return " × ".join(figure(high - low) for low, high in zip(solid.least, solid.greatest, strict=True)) + " mm"


def _point(point: Vector) -> str:
    return ", ".join(figure(round(value, 3) + 0.0).replace("-", "−") for value in point) + " mm"


def _middle(least: Vector, greatest: Vector) -> Vector:
    x, y, z = ((low + high) / 2 for low, high in zip(least, greatest, strict=True))
    return (x, y, z)
