"""The Open Know-How manifest of version 1 (`okh.yml`), read strictly into the same values as `okh.toml`.

    title description                                             required
    license{hardware, documentation, software}                    one of them at least; that of the hardware counts
    project-link, documentation-home                              one of them at least
    licensor{name, email} or contributors[]                       one of them at least
    version keywords image bom making-instructions[]{path} design-files[]{path} manufacturing-files[]{path}
    derivative-of{title, manifest, web} …

Other keys of the specification are passed over; any that is not of it is an error.
https://standards.internetofproduction.org/pub/okh (version 1.0)
"""

from designs.okh import OpenKnowHow, Part
from designs.toml_document import Document, DocumentError, Table
from designs.yaml_document import read_yaml

FILE_NAME = "okh.yml"
UNSAID_VERSION = "0.1.0"
"""Of a manifest without a version, which it need not have."""
LONG = 4000
PATH = 1000
_PASSED_OVER = (
    "date-created", "date-updated", "manifest-author", "manifest-language", "documentation-language",
    "health-safety-notice", "contact", "development-stage", "made", "made-independently", "standards-used",
    "variant-of", "archive-download", "schematics", "tool-list", "risk-assessment", "tool-settings",
    "quality-instructions", "operating-instructions", "maintenance-instructions", "disposal-instructions", "software",
    "intended-use", "indended-use", "manifest-is-translation", "documentation-is-translation",
)  # fmt: skip


def read_okh_v1(text: str, *, file: str = FILE_NAME) -> OpenKnowHow:
    """Read a manifest; raises DocumentError, whose `problems` are all that is wrong with it."""
    document = read_yaml(text, file)
    root = Table.at_root(document)
    title = root.text("title", limit=100, required=True)
    function = root.text("description", limit=LONG, required=True, lines=True)
    found = OpenKnowHow(
        name=title,
        repo=_repo(root),
        version=root.text("version", limit=100) or UNSAID_VERSION,
        licence=_licence(root),
        licensor=_licensor(root),
        function=function,
        image=_paths(root, "image"),
        bom=_first(_paths(root, "bom")),
        manufacturing_instructions=_paths(root, "making-instructions"),
        source=_paths(root, "design-files"),
        export=_paths(root, "manufacturing-files"),
        fork_of=_origin(root),
        language=_first(_paths(root, "documentation-language")),
        tags=root.texts("keywords", limit=100, most=100),
        parts=_parts(root),
    )
    root.read.update(_PASSED_OVER)
    root.finish()
    _check(document)
    return found


def _check(document: Document) -> None:
    if document.problems:
        raise DocumentError(document.problems)


def _repo(root: Table) -> str:
    home, link = root.text("documentation-home", limit=PATH), root.text("project-link", limit=PATH)
    if not home and not link:
        root.document.problem((), "`documentation-home` or `project-link` is missing")
    return home or link


def _licence(root: Table) -> str:
    name = "license" if root.has("license") or not root.has("License") else "License"
    table = root.table(name, required=True)
    each = {kind: table.text(kind, limit=200) for kind in ("hardware", "documentation", "software")}
    table.finish()
    found = next((licence for licence in each.values() if licence), "")
    if not found and root.has(name):
        root.problem(name, "names no licence: give `hardware` at least")
    return found


def _licensor(root: Table) -> tuple[str, ...]:
    value = root.values.get("licensor")
    people = () if value is None else _people(root, "licensor", [value] if isinstance(value, dict) else value)
    contributors = _people(root, "contributors", root.values.get("contributors", []))
    if not people and not contributors:
        root.document.problem((), "`licensor` is missing, and there are no `contributors`")
    return people or contributors


def _people(root: Table, name: str, value: object) -> tuple[str, ...]:
    root.read.add(name)
    if isinstance(value, str):
        return (root.text(name, limit=200),)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        root.problem(name, "must be a list of people, each with a name")
        return ()
    return tuple(_person(Table(root.document, (name, number), each)) for number, each in enumerate(value[:50]))


def _person(table: Table) -> str:
    name, email = table.text("name", limit=100, required=True), table.text("email", limit=100)
    table.read.update(("affiliation", "social"))
    table.finish()
    return f"{name} <{email}>" if email else name


def _paths(root: Table, name: str) -> tuple[str, ...]:
    """One path, a list of them, or a list of `path` and `title`."""
    value = root.values.get(name)
    if isinstance(value, str):
        return (root.text(name, limit=PATH),)
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        root.read.add(name)
        return tuple(_path(Table(root.document, (name, number), each)) for number, each in enumerate(value[:500]))
    return root.texts(name, limit=PATH, most=500)


def _path(table: Table) -> str:
    path = table.text("path", limit=PATH, required=True)
    table.text("title", limit=200)
    table.finish()
    return path


def _first(values: tuple[str, ...]) -> str:
    return values[0] if values else ""


def _origin(root: Table) -> str:
    table = root.table("derivative-of")
    title, manifest = table.text("title", limit=200), table.text("manifest", limit=PATH)
    web = table.text("web", limit=PATH)
    table.finish()
    return web or manifest or title


def _parts(root: Table) -> tuple[Part, ...]:
    value = root.values.get("sub")
    root.read.add("sub")
    tables = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    named = [each for each in tables if isinstance(each, dict)]
    if value is not None and len(named) < max(len(tables), 1):
        root.problem("sub", "must be a list of things, each with a title")
    return tuple(_part(Table(root.document, ("sub", number), each)) for number, each in enumerate(named[:500]))


def _part(table: Table) -> Part:
    part = Part(table.text("title", limit=100, required=True))
    table.read.update(("manifest", "web"))
    table.finish()
    return part
