"""Parameters, relations and presets as they stand in a manifest, with every problem noted where it is."""

from decimal import Decimal

from designs.parameters import ParameterError, Preset, broken_relations, resolve
from designs.relations import MAX_RULE_LENGTH, BadRule, Relation, parse_rule
from designs.toml_document import NumberText, Table, kind_of
from designs.toml_lines import Key
from designs.values import (
    MAX_TEXT,
    UNITS,
    BadValue,
    Given,
    Parameter,
    ParameterType,
    ParameterValue,
    canonical_value,
    name_problem,
    parse_value,
)
from designs.wording import suggestion

MAX_PARAMETERS = 200
MAX_RELATIONS = 100
MAX_PRESETS = 100
MAX_CHOICES = 100
MAX_LABEL = 80
MAX_DESCRIPTION = 500

_NUMERIC = frozenset({ParameterType.NUMBER, ParameterType.INTEGER})


def read_parameters(root: Table) -> tuple[Parameter, ...]:
    """The parameters, in the order of the document; those with a problem are noted and left out."""
    parameters = []
    for name, table in root.named_tables("parameters", most=MAX_PARAMETERS):
        problem = name_problem(name)
        if problem:
            table.document.problem(table.key, problem)
        parameter = _read_parameter(name, table)
        if parameter is not None:
            parameters.append(parameter)
    return tuple(parameters)


def _read_parameter(name: str, table: Table) -> Parameter | None:
    problems_before = len(table.document.problems)
    kind = _read_type(table)
    if kind is None:
        table.take("default", required=True)
        return None
    unit = table.text("unit", limit=20) or "none"
    if unit not in UNITS:
        table.problem("unit", f"unknown unit {unit!r}{suggestion(unit, UNITS)}: one of {', '.join(UNITS)}")
    elif unit != "none" and kind not in _NUMERIC:
        table.problem("unit", f"a {kind} parameter has no unit: remove it")
    draft = Parameter(
        name=name,
        type=kind,
        default=_read_default(table, kind),
        unit=unit if unit in UNITS else "none",
        min=_read_limit(table, "min", kind),
        max=_read_limit(table, "max", kind),
        step=_read_limit(table, "step", kind),
        choices=_read_choices(table, kind),
        label=table.text("label", limit=MAX_LABEL),
        description=table.text("description", limit=MAX_DESCRIPTION, lines=True),
        group=table.text("group", limit=MAX_LABEL),
    )
    table.finish()
    if len(table.document.problems) == problems_before:
        _check_limits(table, draft)
    if len(table.document.problems) == problems_before:
        try:
            parse_value(draft, draft.default)
        except BadValue as error:
            table.problem("default", f"{canonical_value(draft.default)} {error}; allowed: {draft.allowed()}")
    return draft if len(table.document.problems) == problems_before else None


def _read_type(table: Table) -> ParameterType | None:
    text = table.text("type", limit=20, required=True)
    if not text:
        return None
    try:
        return ParameterType(text)
    except ValueError:
        table.problem("type", f"unknown type {text!r}{suggestion(text, ParameterType)}: {', '.join(ParameterType)}")
        return None


def _read_default(table: Table, kind: ParameterType) -> ParameterValue:
    if kind is ParameterType.BOOLEAN:
        table.take("default", required=True)
        return table.flag("default") or False
    if kind in _NUMERIC:
        number = table.number("default", required=True) or Decimal(0)
        if kind is ParameterType.INTEGER and number == int(number):
            return int(number)
        return number
    value = table.take("default", required=True)
    if value is not None and not isinstance(value, str):
        table.problem("default", f"must be text in quotes, not {kind_of(value)}")
    return value if isinstance(value, str) else ""


def _read_limit(table: Table, name: str, kind: ParameterType) -> Decimal | None:
    number = table.number(name)
    if number is None:
        return None
    if kind is ParameterType.TEXT and name != "step":
        if number != int(number) or not 0 <= number <= MAX_TEXT:
            table.problem(name, f"the length of a text is a whole number from 0 to {MAX_TEXT}")
    elif kind not in _NUMERIC:
        table.problem(name, f"a {kind} parameter has no {name}: remove it")
    elif name == "step" and number <= 0:
        table.problem(name, "must be more than 0")
    elif name == "step" and kind is ParameterType.INTEGER and number != int(number):
        table.problem(name, "must be a whole number, as the parameter is an integer")
    return number


def _read_choices(table: Table, kind: ParameterType) -> tuple[Decimal | str, ...]:
    if kind is ParameterType.CHOICE:
        return table.texts("choices", limit=MAX_TEXT, most=MAX_CHOICES, required=True)
    value = table.take("choices")
    if value is None:
        return ()
    if kind not in _NUMERIC:
        table.problem("choices", f'a {kind} parameter has no choices: use type = "choice"')
        return ()
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHOICES:
        table.problem("choices", f"must be a list of 1 to {MAX_CHOICES} numbers, not {kind_of(value)}")
        return ()
    numbers = [table.as_number((*table.key, "choices", index), item) for index, item in enumerate(value)]
    read = [number for number in numbers if number is not None]
    if len(set(read)) < len(read):
        table.problem("choices", "has a number twice")
    if kind is ParameterType.INTEGER and any(number != int(number) for number in read):
        table.problem("choices", "must be whole numbers, as the parameter is an integer")
    return tuple(read)


def _check_limits(table: Table, draft: Parameter) -> None:
    if draft.min is not None and draft.max is not None and draft.min > draft.max:
        table.problem("min", f"{canonical_value(draft.min)} is more than max = {canonical_value(draft.max)}")
    if draft.choices and draft.type in _NUMERIC and not (draft.min is draft.max is draft.step is None):
        table.problem("choices", "the choices already say what is allowed: remove min, max and step")


def read_relations(root: Table, parameters: tuple[Parameter, ...]) -> tuple[Relation, ...]:
    """The relations. Each is read and must hold for the defaults."""
    declared = root.values.get("parameters")
    names = frozenset(declared) if isinstance(declared, dict) else frozenset[str]()
    defaults = {parameter.name: parameter.default for parameter in parameters}
    relations = []
    for table in root.tables("relations", most=MAX_RELATIONS):
        text = table.text("rule", limit=MAX_RULE_LENGTH, required=True)
        relation = Relation(text, table.text("message", limit=MAX_DESCRIPTION))
        table.finish()
        if not text:
            continue
        try:
            parse_rule(text, names)
        except BadRule as error:
            table.problem("rule", str(error))
            continue
        for problem in broken_relations([relation], defaults, names):
            table.problem("rule", f"does not hold for the defaults ({problem.value}): {problem.message}")
        relations.append(relation)
    return tuple(relations)


class _Chosen:
    """What presets are resolved against."""

    def __init__(self, parameters: tuple[Parameter, ...], relations: tuple[Relation, ...]) -> None:
        self.parameters = parameters
        self.relations = relations
        self.presets: tuple[Preset, ...] = ()


def read_presets(
    root: Table, parameters: tuple[Parameter, ...], relations: tuple[Relation, ...], *, complete: bool
) -> tuple[Preset, ...]:
    """The presets. Where all parameters could be read (`complete`), each preset's values must resolve."""
    design = _Chosen(parameters, relations)
    presets = []
    for name, table in root.named_tables("presets", most=MAX_PRESETS):
        if not 0 < len(name) <= MAX_LABEL or not name.isprintable():
            table.document.problem(table.key, f"a preset's name has 1 to {MAX_LABEL} printable characters")
        title = table.text("title", limit=MAX_LABEL)
        table.take("values", required=True)
        values = table.table("values")
        table.finish()
        if complete:
            presets.append(Preset(name, _resolved(design, values), title))
    return tuple(presets)


def _resolved(design: _Chosen, values: Table) -> dict[str, str | bool]:
    before = len(values.document.problems)
    given = {name: _plain(values, (*values.key, name), value) for name, value in values.values.items()}
    if len(values.document.problems) > before:
        return {}
    try:
        resolved = resolve(design, given)
    except ParameterError as error:
        for problem in error.problems:
            key = (*values.key, problem.name) if problem.name in given else values.key
            values.document.problem(key, f"{problem.value}: {problem.message}; allowed: {problem.allowed}")
        return {}
    return {name: value for name, value in resolved.canonical.items() if name in given}


def _plain(values: Table, key: Key, value: object) -> Given:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | NumberText):
        return values.as_number(key, value)
    values.document.problem(key, f"must be a number, true, false or text, not {kind_of(value)}")
    return None
