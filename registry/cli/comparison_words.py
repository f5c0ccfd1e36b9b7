"""A comparison for people at a terminal, from the JSON that a registry answers and `cofab compare --json` writes."""

from collections.abc import Iterator

import click

from designs.values import UNITS
from registry.cli.output import clean, note, say, size_text, table
from registry.client_reply import Json, Reply

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_SHORT = 60


def tell_comparison(told: Reply, *, source: bool) -> None:
    """Shape first, then everything else that differs; `source`: also the lines of the source."""
    say(f"{told.part('before').text('name')} → {told.part('after').text('name')}")
    error = told.maybe_part("error")
    if error is not None:
        note(f"the shapes could not be compared: {error.text('message')}")
    shape = told.maybe_part("shape")
    if shape is not None:
        _tell_shape(shape)
    _section("Parameters", (row for each in told.parts("parameters") for row in _parameter(each)))
    _section("Manifest", ((each.text("name"), _words(each), "") for each in told.parts("manifest")))
    _section("Measurements", (_figure(each) for each in told.parts("measurements")))
    _section("Files", (_file(each) for each in told.parts("files")))
    texts = list(told.parts("texts"))
    _section("Source", ((each.text("path"), each.text("untold") or _lines_words(each), "") for each in texts))
    for each in texts if source else ():
        _tell_text(each)


def _tell_shape(shape: Reply) -> None:
    verdict = shape.text("verdict")
    if verdict == "impossible":
        say(f"Shape: cannot be compared: {shape.text('reason')}")
        return
    say({"identical": "Shape: identical", "same": "Shape: the same"}.get(verdict, "Shape: different"))
    if verdict == "different":
        share = shape.number("kept_share")
        table(
            [
                ("added", f"{shape.number('added_mm3') or 0:,.1f} mm³"),
                ("removed", f"{shape.number('removed_mm3') or 0:,.1f} mm³"),
                ("kept", f"{shape.number('kept_mm3') or 0:,.1f} mm³", f"{(share or 0) * 100:.1f} % of both together"),
            ]
        )
        thin = shape.whole("thin_pieces")
        if thin:
            tolerance = (shape.number("tolerance_mm") or 0) * 1000
            note(f"  {thin} further pieces are thinner than {tolerance:.0f} µm and may come of the facets alone")
    _section("Bodies", (_body(each) for each in shape.parts("bodies") if each.text("state") != "same"))


def _body(told: Reply) -> tuple[str, ...]:
    before, after = told.maybe_text("before"), told.maybe_text("after")
    name = before or after or ""
    renamed = f"now {after}" if before and after and before != after else ""
    volumes = f"{told.number('volume_before_mm3') or 0:,.1f} → {told.number('volume_after_mm3') or 0:,.1f} mm³"
    return name, told.text("state"), volumes, renamed


def _parameter(told: Reply) -> Iterator[tuple[str, ...]]:
    sign = UNITS.get(told.text("unit"), "")
    presence = told.text("presence")
    if presence != "both":
        value = told.json["after" if presence == "added" else "before"]
        yield told.text("name"), presence, f"{_value(value)} {sign}".strip()
    elif told.json["before"] != told.json["after"]:
        words = f"{_value(told.json['before'])} → {_value(told.json['after'])} {sign}".strip()
        difference = told.maybe_text("difference")
        yield told.text("name"), words, "" if difference is None else _signed(difference, told.number("relative"))
    for change in told.parts("declared"):
        yield f"{told.text('name')} ({change.text('name')})", _words(change), ""


def _figure(told: Reply) -> tuple[str, ...]:
    unit = told.text("unit")
    before, after = (_number(told.json[key]) for key in ("before", "after"))
    difference = told.number("difference")
    change = "" if difference is None else _signed(_number(difference), told.number("relative"))
    return told.text("name"), f"{before} → {after} {unit}".strip(), change


def _file(told: Reply) -> tuple[str, ...]:
    before, after = told.maybe_part("before"), told.maybe_part("after")
    sizes = [size_text(each.whole("size")) for each in (before, after) if each is not None]
    there = after or before
    path = "" if there is None else there.text("path")
    if told.text("state") == "moved" and before is not None:
        return path, "moved", f"was {before.text('path')}"
    return path, told.text("state"), " → ".join(sizes)


def _tell_text(told: Reply) -> None:
    for hunk in _hunks(told):
        numbers = [line.number("before") or line.number("after") or 0 for line in hunk]
        click.echo(click.style(f"@@ {clean(told.text('path'))}, line {numbers[0]:.0f} @@", fg=_COLOURS["@"]))
        for line in hunk:
            mark = line.text("mark")
            click.echo(click.style(clean(f"{mark}{line.text('text')}"), fg=_COLOURS.get(mark)))


def _hunks(told: Reply) -> Iterator[list[Reply]]:
    hunks = told.json.get("hunks")
    for hunk in hunks if isinstance(hunks, list) else []:
        if isinstance(hunk, list):
            yield [Reply(line, told.where) for line in hunk]


def _section(title: str, rows: Iterator[tuple[str, ...]]) -> None:
    kept = list(rows)
    if kept:
        say(f"{title}:")
        table(kept)


def _words(told: Reply) -> str:
    return f"{_value(told.json['before'])} → {_value(told.json['after'])}"


def _lines_words(told: Reply) -> str:
    added, removed = told.whole("added"), told.whole("removed")
    return f"{added} line{'' if added == 1 else 's'} added, {removed} removed"


def _value(value: Json) -> str:
    if value is None:
        return "(nothing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _number(value: Json) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else _value(value)


def _signed(difference: str, relative: float | None) -> str:
    sign = "" if difference.startswith("-") else "+"
    share = "" if relative is None else f", {relative * 100:+.1f} %"
    return f"({sign}{difference}{share})"
