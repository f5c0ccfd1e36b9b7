"""`cofab verify`: what is proved of a version or an order, step by step, and by whom; also from a bundle, offline."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.connection import connect
from registry.cli.options import VERSION, json_option, registry_option
from registry.cli.output import note, say, write_json
from registry.errors import Invalid
from registry.ids import VersionName

if TYPE_CHECKING:
    from designs.checkpoints import Checkpoint, LogKey
    from designs.provenance import Bundle
    from designs.proving import Finding, Proof
    from registry.client import RegistryClient

_MARKS = {"proved": ("✓", "green"), "told": ("·", "yellow"), "missing": ("–", "yellow"), "refuted": ("✗", "red")}


@click.command(short_help="Check where a version or an order comes from.")
@click.argument("subject", required=False, metavar="NAMESPACE/NAME[@VERSION]|ORDER")
@click.option(
    "--bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Check this file, offline."
)
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Keep the proofs in a file.")
@click.option("--log-key", "log_keys", multiple=True, help="A key of the log that you trust. [default: as seen before]")
@click.option("--author-key", "author_keys", multiple=True, help="A public key that must have signed.")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Compare these files.")
@click.option("--gcode", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A machine file to find.")
@registry_option
@json_option
def verify(
    *,
    subject: str | None,
    bundle: Path | None,
    save: Path | None,
    log_keys: tuple[str, ...],
    author_keys: tuple[str, ...],
    folder: Path | None,
    gcode: Path | None,
    registry_url: str | None,
    as_json: bool,
) -> int:
    """Check the chain of a version: log, content, signatures; of an order also recipe, files and what machines ran.

    The log's last checkpoint is remembered here: a registry that takes something back, or shows you another history
    than before, is found out. The exit status is 0 when everything that is shown holds, else 1.

    \b
    Examples:
      cofab verify ada/gridfinity-bin@1.2.0
      cofab verify ord_3k7v --save proofs.json
      cofab verify --bundle proofs.json --gcode plate.gcode
    """
    if (subject is None) == (bundle is None):
        raise click.UsageError("name a version or an order, or a file by --bundle: one of them")
    if bundle is not None:
        from designs.provenance import parse_bundle

        got = parse_bundle(bundle.read_bytes())
        proof = _check_offline(got, log_keys)
    else:
        with connect(registry_url, needs_login="/" not in (subject or "")) as registry:
            got = _fetch(registry, subject or "")
            proof = _check(registry, got, log_keys)
    if save is not None:
        save.write_text(got.model_dump_json(exclude_none=True), encoding="utf-8")
    findings = [*proof.findings, *_content(got, folder), *_authors(proof, author_keys), *_machine_file(got, gcode)]
    good = proof.holds and not any(one.grade == "refuted" for one in findings[len(proof.findings) :])
    _show(got, findings, good=good, as_json=as_json)
    return 0 if good else 1


def _fetch(registry: "RegistryClient", subject: str) -> "Bundle":
    from urllib.parse import quote

    from designs.provenance import parse_bundle
    from registry.client import version_path

    if "/" in subject:
        name = VERSION.convert(subject, None, None)
        assert isinstance(name, VersionName), "that is what it converts to"
        told = registry.get(f"{version_path(name)}/provenance")
    else:
        told = registry.get(f"/orders/{quote(subject, safe='')}/provenance")
    return parse_bundle(json.dumps(told.json))


def _check(registry: "RegistryClient", bundle: "Bundle", given: tuple[str, ...]) -> "Proof":
    """Against the keys and the checkpoint that were seen before; remembers the new one. Raises HistoryRefused."""
    from designs.checkpoints import follow, parse_log_key
    from designs.proving import prove
    from registry.cli.log_memory import SeenLog, keep_seen, memory_file, read_seen

    seen = read_seen(memory_file())
    before = seen.get(registry.url)
    known = None if before is None else before.known()
    keys = tuple(map(parse_log_key, given or (before.keys if before else bundle.log_keys)))
    if not given and before is None:
        note(f"The log's key is taken as {registry.url} shows it, for the first time: {bundle.log_keys[-1]}")
    proof = prove(bundle, keys)
    if proof.checkpoint is not None:
        follow(known, proof.checkpoint, _consistency(registry, known, proof.checkpoint))
        fresh = SeenLog(tuple(key.text for key in proof.keys), bundle.checkpoint)
        keep_seen(memory_file(), {**seen, registry.url: fresh})
    return proof


def _consistency(registry: "RegistryClient", known: "Checkpoint | None", new: "Checkpoint") -> tuple[bytes, ...]:
    if known is None or not 0 < known.size < new.size:
        return ()
    told = registry.get("/log/consistency", {"first": known.size, "second": new.size})
    try:
        return tuple(bytes.fromhex(node) for node in told.texts("path"))
    except ValueError as error:
        raise Invalid("the registry's proof of consistency is no list of hashes") from error


def _check_offline(bundle: "Bundle", given: tuple[str, ...]) -> "Proof":
    from designs.checkpoints import parse_log_key
    from designs.proving import prove
    from registry.cli.log_memory import memory_file, read_seen

    keys: tuple[LogKey, ...] = tuple(map(parse_log_key, given))
    if not keys:
        origin = bundle.checkpoint.partition("\n")[0]
        seen = [one for one in read_seen(memory_file()).values() if one.known().origin == origin]
        keys = seen[0].log_keys if seen else ()
    if not keys:
        raise Invalid(
            "no key of this log was seen here before: give the one that you trust by --log-key, from a place that you "
            "trust", code="no_log_key",
        )  # fmt: skip
    return prove(bundle, keys)


def _content(bundle: "Bundle", folder: Path | None) -> list["Finding"]:
    """The content itself, and a folder beside it."""
    from designs.digest import digest_file
    from designs.proving import Finding, Grade
    from designs.snapshot import BadSnapshot, parse_snapshot

    if bundle.snapshot is None:
        return []
    try:
        snapshot = parse_snapshot(bundle.snapshot.encode())
    except BadSnapshot as error:
        return [Finding("content", Grade.REFUTED, str(error))]
    words = f"it names {len(snapshot.files)} files, licence {snapshot.manifest.licence}"
    found = [Finding("content", Grade.PROVED, words)]
    if folder is not None:
        wrong = [
            file.path
            for file in snapshot.files
            if not (folder / file.path).is_file() or digest_file(folder / file.path) != file.sha256
        ]
        words = f"{folder}: " + (f"{', '.join(wrong[:5])} missing or different" if wrong else "every file is the same")
        found.append(Finding("folder", Grade.REFUTED if wrong else Grade.PROVED, words))
    return found


def _authors(proof: "Proof", wanted: tuple[str, ...]) -> list["Finding"]:
    from designs.proving import Finding, Grade

    if not wanted:
        return []
    signed = {key.text for key in proof.authors}
    is_there = bool(signed & set(wanted))
    words = "signed by an author whom you named" if is_there else "signed by none of the authors whom you named"
    return [Finding("author", Grade.PROVED if is_there else Grade.REFUTED, words)]


def _machine_file(bundle: "Bundle", gcode: Path | None) -> list["Finding"]:
    from designs.digest import digest_file
    from designs.proving import Finding, Grade

    if gcode is None:
        return []
    digest = digest_file(gcode)
    made = next((make for make in bundle.makes if make.gcode_sha256 == digest), None)
    if made is None:
        return [Finding("file", Grade.REFUTED, f"{gcode.name} ({digest[:16]}…) is no machine file of this order")]
    return [Finding("file", Grade.PROVED, f"{gcode.name} is the machine file of {made.attempt}")]


def _show(bundle: "Bundle", findings: list["Finding"], *, good: bool, as_json: bool) -> None:
    if as_json:
        write_json({"version": bundle.version, "holds": good, "steps": [vars(one) for one in findings]})
        return
    say(bundle.version)
    for one in findings:
        mark, colour = _MARKS[one.grade.value]
        by = f" — {one.by}" if one.by else ""
        click.echo("  " + click.style(mark, fg=colour) + " ", nl=False)
        say(f"{one.step:<10} {one.words}{by}")
    say("Everything that is shown holds." if good else "This does not hold: do not rely on it.")
