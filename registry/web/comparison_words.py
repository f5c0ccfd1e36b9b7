"""What a page shows of a comparison: figures as people read them, and rows for its tables. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from designs.compare import MODEL, ValueChange
from designs.comparing.changes import Change
from designs.comparing.choices import Choice, Presence
from designs.comparing.figures import FigureChange
from designs.comparing.files import FileChange, FileState
from designs.comparing.shapes import BodyChange, BodyState, ShapeChange, Solid, Verdict
from designs.digest import JsonValue
from designs.measure import Vector
from designs.values import UNITS
from registry.web.build_words import blob_url, stage_words
from registry.web.comparison_names import FILES, body_state, declared_name, figure_name, manifest_name
from registry.web.formatting import figure, file_size, volume
from registry.web.languages import _, ngettext, noted
from registry.work.comparing import Compared

COMPARING = {
    "read": noted("Reading both shapes"),
    "mesh": noted("Making the meshes"),
    "divide": noted("Finding what is on one side only"),
    "pieces": noted("Telling the pieces apart"),
    "done": noted("Ready"),
}
VERDICTS = {
    Verdict.IDENTICAL: (noted("The shapes are identical"), noted("Both builds gave the very same geometry.")),
    Verdict.SAME: (
        noted("The shape is the same"),
        noted("The geometry is written otherwise, but it is the same solid."),
    ),
}
_MAIN = ("volume_mm3", "area_mm2", "mass_g", "bounding_box.size", "bodies", "solids", "watertight")
"""Figures that come first; the others are folded away."""
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
        stage=_(COMPARING[found.stage]) if found.stage in COMPARING else stage_words(found.stage),
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
    return tuple(Row(manifest_name(each.name), *_both(each)) for each in changes)


def _verdict(shape: ShapeChange | None, values: ValueChange) -> tuple[str, str, str]:
    if shape is None:
        return "", "", "info"
    if shape.verdict is Verdict.IMPOSSIBLE:
        return _("The shapes cannot be compared"), shape.reason[:1].upper() + shape.reason[1:] + ".", "warn"
    if shape.verdict is not Verdict.DIFFERENT:
        title, text = VERDICTS[shape.verdict]
        return _(title), _(text), "good"
    parameters, files = len(values.choices), len(values.files)
    told = _("%(share)s of both together is the same. %(parameters)s and %(files)s differ.") % {
        "share": _percent(shape.kept_share),
        "parameters": ngettext("%(num)s parameter", "%(num)s parameters", parameters) % {"num": parameters},
        "files": ngettext("%(num)s file", "%(num)s files", files) % {"num": files},
    }
    return _("The shape is different"), told, "info"


def _parts(shape: ShapeChange | None) -> tuple[Part, ...]:
    if shape is None or shape.verdict is not Verdict.DIFFERENT:
        return ()
    after = shape.after.volume_mm3 if shape.after else 0
    before = shape.before.volume_mm3 if shape.before else 0
    shares = (
        _of(shape.added_mm3, after, _("%(share)s of the second")),
        _of(shape.removed_mm3, before, _("%(share)s of the first")),
        _("%(share)s of both together") % {"share": _percent(shape.kept_share)},
    )
    return (
        Part("added", _("Added"), volume(shape.added_mm3), shares[0]),
        Part("removed", _("Removed"), volume(shape.removed_mm3), shares[1]),
        Part("kept", _("Kept"), volume(shape.kept_mm3), shares[2]),
    )


def _solids(shape: ShapeChange | None) -> tuple[Row, ...]:
    if shape is None or shape.before is None or shape.after is None:
        return ()
    first, second = shape.before, shape.after
    rows = [
        Row(_("Volume"), volume(first.volume_mm3), volume(second.volume_mm3)),
        Row(_("Size"), _size(first), _size(second)),
        Row(_("Centre of mass"), _point(first.centre), _point(second.centre)),
    ]
    moved = sum(part**2 for part in shape.shift or ()) ** 0.5
    if moved > shape.tolerance_mm:
        rows[-1] = replace(rows[-1], change=_("%(length)s mm away") % {"length": figure(moved)})
    return tuple(rows)


def _pieces(shape: ShapeChange | None) -> tuple[Row, ...]:
    return tuple(
        Row(
            _("Added") if piece.added else _("Removed"),
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
    besides = ngettext("%(num)s smaller piece besides", "%(num)s smaller pieces besides", smaller)
    words = [besides % {"num": smaller}] if smaller else []
    if shape.thin_pieces:
        thin = ngettext(
            "%(num)s piece thinner than %(least)s µm (%(volume)s in all), which may come of the facets alone",
            "%(num)s pieces thinner than %(least)s µm (%(volume)s in all), which may come of the facets alone",
            shape.thin_pieces,
        )
        least = figure(shape.tolerance_mm * 1000)
        words.append(thin % {"num": shape.thin_pieces, "least": least, "volume": volume(shape.thin_mm3)})
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
    before = "" if body.before is None else volume(body.volume_before_mm3)
    return Row(name, before, "" if body.after is None else volume(body.volume_after_mm3), body_state(body, moved))


def _choice(choice: Choice) -> Iterable[Row]:
    sign, name = UNITS.get(choice.unit, ""), choice.label or choice.name
    if choice.presence is not Presence.BOTH or choice.before != choice.after:
        before, after = (_with_unit(value, sign) for value in (choice.before, choice.after))
        note = {Presence.ADDED: _("new"), Presence.REMOVED: _("gone")}.get(choice.presence, "")
        yield Row(name, before, after, _change(choice.difference, choice.relative, sign), note)
    for change in choice.declared:
        yield Row(name, *_both(change), note=declared_name(change.name))


def _figures(changes: Sequence[FigureChange]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    main = [change for change in changes if change.name.startswith(_MAIN)]
    return tuple(map(_figure, main)), tuple(_figure(change) for change in changes if change not in main)


def _figure(change: FigureChange) -> Row:
    before, after = (_with_unit(value, change.unit) for value in (change.before, change.after))
    difference = None if change.difference is None else figure(change.difference)
    return Row(figure_name(change), before, after, _change(difference, change.relative, change.unit))


def _file(change: FileChange) -> Row:
    before, after = (None if file is None else file_size(file.size) for file in (change.before, change.after))
    moved = change.state is FileState.MOVED and change.before is not None
    note = _("was %(path)s") % {"path": change.before.path} if moved and change.before is not None else ""
    return Row(change.path, before or "", after or "", _(FILES[change.state]), note)


def _both(change: Change) -> tuple[str, str]:
    return _words(change.before), _words(change.after)


def _words(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
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


def _of(part: float, whole: float, words: str) -> str:
    return words % {"share": _percent(part / whole)} if whole else ""


def _percent(share: float | None) -> str:
    return "" if share is None else f"{figure(share * 100)} %"


def _size(solid: Solid) -> str:
    return " × ".join(figure(high - low) for low, high in zip(solid.least, solid.greatest, strict=True)) + " mm"


def _point(point: Vector) -> str:
    return ", ".join(figure(round(value, 3) + 0.0).replace("-", "−") for value in point) + " mm"


def _middle(least: Vector, greatest: Vector) -> Vector:
    x, y, z = ((low + high) / 2 for low, high in zip(least, greatest, strict=True))
    return (x, y, z)
