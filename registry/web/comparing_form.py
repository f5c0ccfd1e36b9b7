"""The parameters of a comparison: one form for both sides, and what each of them takes of it. Pure.

A field that is left as it is leaves each side its own default; a value holds for each side that has the parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from designs.manifest import Manifest
from designs.parameters import Parameter, ParameterProblem, ParameterType, Preset
from designs.relations import Relation
from designs.values import canonical_value
from registry.web.languages import _
from registry.web.parameter_form import Choice, Field, ParameterForm, link_query, parameter_form, read_choice
from registry.work.comparing import Wish


@dataclass(frozen=True)
class Both:
    """The parameters of both sides, those of the second first. What relates them is asked of each side by itself."""

    parameters: tuple[Parameter, ...]
    relations: tuple[Relation, ...] = ()
    presets: tuple[Preset, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Both sides at what was chosen."""

    before: Wish
    after: Wish
    manifests: tuple[Manifest | None, Manifest | None]
    """None of a build: its parameters are what they are."""
    chosen: Mapping[str, str | bool]
    """What was chosen otherwise than by default, of both."""

    @property
    def query(self) -> dict[str, str]:
        """Leads to the same choice."""
        return link_query(self.chosen)


def both_of(manifests: Sequence[Manifest | None]) -> Both:
    """Each parameter once, as the second side declares it where it has it."""
    before, after = manifests
    later = tuple(after.parameters) if after else ()
    known = {parameter.name for parameter in later}
    return Both(later + tuple(each for each in (before.parameters if before else ()) if each.name not in known))


def ask_both(
    before: Wish, after: Wish, manifests: tuple[Manifest | None, Manifest | None], sent: Mapping[str, str]
) -> Asked:
    """Both sides with what was sent. Names that neither has are left out; of values each side judges for itself."""
    both = both_of(manifests)
    given = read_choice(both, sent).given
    chosen: dict[str, str | bool] = {}
    for parameter in both.parameters:
        value = given.get(parameter.name)
        if value is None or value == "":
            continue
        words = value if isinstance(value, bool) else str(value).strip()
        if not _is_default(parameter, words, manifests):
            chosen[parameter.name] = words
    return Asked(_at(before, manifests[0], chosen), _at(after, manifests[1], chosen), manifests, chosen)


def comparing_form(asked: Asked, problems: Sequence[ParameterProblem] = ()) -> ParameterForm | None:
    """The form with what was chosen; None: there is nothing to choose."""
    both = both_of(asked.manifests)
    if not both.parameters:
        return None
    form = parameter_form(both, Choice(asked.chosen), problems)
    groups = tuple(replace(group, fields=tuple(_open(field, asked) for field in group.fields)) for group in form.groups)
    return replace(form, groups=groups)


def _at(wish: Wish, manifest: Manifest | None, chosen: Mapping[str, str | bool]) -> Wish:
    if manifest is None:
        return wish
    names = {parameter.name for parameter in manifest.parameters}
    return replace(wish, parameters={name: value for name, value in chosen.items() if name in names})


def _is_default(parameter: Parameter, value: str | bool, manifests: Sequence[Manifest | None]) -> bool:
    """Whether both sides have it so by themselves. A box has no third state: it says what the second side has."""
    own = [str(canonical_value(each.default)).lower() for each in _declared(parameter.name, manifests)]
    told = str(value).lower()
    return own[-1] == told if parameter.type is ParameterType.BOOLEAN else set(own) == {told}


def _declared(name: str, manifests: Sequence[Manifest | None]) -> list[Parameter]:
    return [each for manifest in manifests if manifest for each in manifest.parameters if each.name == name]


def _open(field: Field, asked: Asked) -> Field:
    """A field whose default differs is empty until somebody chooses: each side then has its own."""
    own = [canonical_value(each.default) for each in _declared(field.name, asked.manifests)]
    if field.name in asked.chosen or len(set(own)) < 2 or isinstance(own[0], bool):
        return field
    words = _("%(before)s in the first and %(after)s in the second unless you choose") % {
        "before": own[0],
        "after": own[1],
    }
    return replace(
        field, value="", description=f"{field.description.rstrip('.')}. {words}" if field.description else words
    )
