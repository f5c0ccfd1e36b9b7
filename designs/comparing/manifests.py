"""What two manifests say differently, their parameters apart (choices.py)."""

from collections.abc import Mapping

from designs.comparing.changes import Change, changes, union
from designs.digest import JsonValue
from designs.manifest import Manifest


def compare_manifests(before: Manifest, after: Manifest) -> tuple[Change, ...]:
    """Every difference by the key of design.toml: `design.title`, `print.material`, `relations`, `presets.wide.wall`.

    A relation has no name, so it is told as a whole: one that is gone, or one that is new.
    """
    first, second = _object(before.to_json()), _object(after.to_json())
    return (
        *changes(_object(first["design"]), _object(second["design"]), prefix="design."),
        *changes(_object(first["print"]), _object(second["print"]), prefix="print."),
        *_relations(before, after),
        *_presets(before, after),
    )


def _relations(before: Manifest, after: Manifest) -> list[Change]:
    old = {relation.rule: relation.message for relation in before.relations}
    new = {relation.rule: relation.message for relation in after.relations}
    found: list[Change] = []
    for rule in union(old, new):
        if rule not in old or rule not in new:
            found.append(Change("relations", rule if rule in old else None, rule if rule in new else None))
        elif old[rule] != new[rule]:
            found.append(Change(f"relations message of {rule}", old[rule] or None, new[rule] or None))
    return found


def _presets(before: Manifest, after: Manifest) -> list[Change]:
    old = {preset.name: preset for preset in before.presets}
    new = {preset.name: preset for preset in after.presets}
    found: list[Change] = []
    for name in union(old, new):
        if name not in old or name not in new:
            there = old.get(name) or new[name]
            words = there.title or name
            found.append(Change(f"presets.{name}", words if name in old else None, words if name in new else None))
            continue
        prefix = f"presets.{name}."
        found.extend(changes({"title": old[name].title}, {"title": new[name].title}, prefix=prefix))
        found.extend(changes(_values(old[name].values), _values(new[name].values), prefix=prefix))
    return found


def _values(values: Mapping[str, str | bool]) -> dict[str, JsonValue]:
    return dict(values.items())


def _object(value: JsonValue) -> dict[str, JsonValue]:
    assert isinstance(value, dict)
    return value
