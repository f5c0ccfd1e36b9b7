"""What was refused, written down as needs: parameters asked for beyond their range, and licences that block."""

from collections import Counter, defaultdict

import sqlalchemy as sa

from designs.manifest import Manifest
from registry.actions.need_signals import MakeId, notice
from registry.actions.story import Story
from registry.core.need_causes import Bound, beyond, licence_cause, parameter_cause
from registry.ids import DesignName, VersionName
from registry.refusals import Refusal, RefusedByLicence, RefusedValue
from registry.store import designs as design_store
from registry.store import needs as store

LATEST = "latest"


def keep(story: Story, refused: Counter[Refusal], make_id: MakeId) -> None:
    """Write them down, each cause once with all its voices. The caller finishes the story."""
    values: dict[VersionName, Counter[RefusedValue]] = defaultdict(Counter)
    for refusal, times in refused.items():
        if isinstance(refusal, RefusedValue):
            values[refusal.version][refusal] += times
        else:
            _keep_licence(story, refusal, times, make_id)
    for version, counted in values.items():
        row = _version(story.connection, version)
        if row is not None:
            _keep_values(story, row, counted, make_id)


def _keep_values(story: Story, row: sa.RowMapping, counted: Counter[RefusedValue], make_id: MakeId) -> None:
    parameters = {one.name: one for one in Manifest.from_json(row["manifest"]).parameters}
    asked: dict[tuple[str, Bound], Counter[str]] = defaultdict(Counter)
    voices: dict[tuple[str, Bound], Counter[str]] = defaultdict(Counter)
    for refusal, times in counted.items():
        parameter = parameters.get(refusal.parameter)
        bound = None if parameter is None else beyond(parameter, refusal.value)
        if bound is not None:
            asked[refusal.parameter, bound][refusal.value.strip()] += times
            voices[refusal.parameter, bound][refusal.who] += times
    name = f"{row['namespace']}/{row['name']}"
    for (parameter_name, bound), values in asked.items():
        parameter = parameters[parameter_name]
        cause = parameter_cause(row["design_id"], name, parameter, bound, values)
        known = store.need_by_identity(story.connection, cause.identity)
        if known is not None:
            values.update(known["facts"].get("asked", {}))
            cause = parameter_cause(row["design_id"], name, parameter, bound, values)
        notice(story, cause, voices[parameter_name, bound], make_id)


def _keep_licence(story: Story, refusal: RefusedByLicence, times: int, make_id: MakeId) -> None:
    row = _version(story.connection, VersionName(refusal.design, LATEST))
    if row is not None:
        cause = licence_cause(row["design_id"], str(refusal.design), refusal.deed, row["licence"], refusal.reason)
        notice(story, cause, {refusal.who: times}, make_id)


def _version(connection: sa.Connection, name: VersionName) -> sa.RowMapping | None:
    if name.version != LATEST:
        return design_store.version_by_key(connection, name.design, name.version.lower())
    design: DesignName = name.design
    row = design_store.design_by_name(connection, design)
    return None if row is None or row["latest_id"] is None else design_store.version_by_id(connection, row["latest_id"])
