"""`cofab sign`, and the signature that `cofab publish` adds: nothing is signed that was not looked at here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from designs.digest import parse_digest
from registry.cli.connection import connect
from registry.cli.key_files import chosen_key, open_key
from registry.cli.options import LATEST, VERSION, json_option, registry_option
from registry.cli.output import good, warn, write_json
from registry.errors import Conflict, NotFound
from registry.ids import DesignName, VersionName, parse_design_name

if TYPE_CHECKING:
    from designs.signing import PrivateKey
    from designs.snapshot import Snapshot, SourceFile
    from registry.client import RegistryClient, Reply

key_option = click.option("--key", "key_name", metavar="NAME", help="Which of your keys. [default: the only one]")


@click.command(short_help="Sign a version that is published.")
@click.argument("version", type=VERSION, metavar="NAMESPACE/NAME@VERSION")
@key_option
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Your copy: it must be what is signed.",
)
@registry_option
@json_option
def sign(
    *, version: VersionName, key_name: str | None, folder: Path | None, registry_url: str | None, as_json: bool
) -> None:
    """Sign a version with a key of yours: one that you published without a signature, or a design that you maintain.

    What is signed is the content's digest, which is computed here. With --folder every file of it is compared.

    \b
    Examples:
      cofab sign ada/my-hook@1.0.0
      cofab sign open-lab/bin@2.1.0 --key laptop --folder bin
    """
    if version.version == LATEST:
        raise click.BadParameter("name the version to sign, like ada/my-hook@1.0.0", param_hint="VERSION")
    path = chosen_key(key_name)
    if path is None:
        raise NotFound("you have no key to sign with, or several: make one by `cofab key new`, or choose by --key")
    with connect(registry_url, needs_login=True) as registry:
        shown = registry.version(version)
        snapshot = content_of(registry, shown)
        if folder is not None:
            _compare(snapshot, folder)
        key = open_key(path)
        told = _send(registry, version, snapshot, key)
    if as_json:
        write_json(told.json)
    else:
        good(f"{version} is signed with {path.stem} ({key.public.id[:16]}): {len(snapshot.files)} files")


def sign_published(
    registry: "RegistryClient", published: "Reply", files: Sequence["SourceFile"], key_name: str | None, root: Path
) -> str | None:
    """Sign what was just published, when it is what was sent. The key's name; None, with a remark, where there is no
    key that can sign here. Raises Conflict when the registry made something else of it.
    """
    path = chosen_key(key_name)
    if path is None:
        return None
    key = open_key(path)
    known = {each.text("id") for each in registry.get("/me/keys").parts("keys") if each.maybe_part("revoked") is None}
    if key.public.id not in known:
        warn(f"not signed: the key {path.stem} is not registered here; `cofab key register {path.stem}`, `cofab sign`")
        return None
    snapshot = content_of(registry, published)
    sent = {(file.path, file.sha256, file.size) for file in files}
    if {(file.path, file.sha256, file.size) for file in snapshot.files} != sent or not _is_ours(snapshot, root):
        raise Conflict("not signed: the registry's content of this version is not what was sent to it")
    name = VersionName(_design(published), published.text("version"))
    _send(registry, name, snapshot, key)
    return path.stem


def content_of(registry: "RegistryClient", shown: "Reply") -> "Snapshot":
    """The content that a version names, verified by its digest. Raises DigestMismatch, BadSnapshot."""
    from designs.digest import DigestMismatch, digest_bytes
    from designs.snapshot import parse_snapshot

    digest = parse_digest(shown.text("snapshot"))
    data = registry.blob(digest)
    if digest_bytes(data) != digest:
        raise DigestMismatch(digest, digest_bytes(data))
    return parse_snapshot(data)


def _send(registry: "RegistryClient", name: VersionName, snapshot: "Snapshot", key: "PrivateKey") -> "Reply":
    from designs.signing import release_statement, sign_statement
    from registry.client import version_path

    statement = release_statement(
        str(name),
        snapshot.digest,
        parents=[(parent.kind.value, parent.snapshot) for parent in snapshot.parents],
        licence=snapshot.manifest.licence,
        author=registry.me().text("name"),
        signed_at=datetime.now(UTC),
    )
    return registry.post(f"{version_path(name)}/signatures", {**sign_statement(statement, key)})  # type: ignore[dict-item]


def _design(published: "Reply") -> DesignName:
    return parse_design_name(published.text("design"))


def _is_ours(snapshot: "Snapshot", root: Path) -> bool:
    """Whether the manifest in the content is that of the folder; a script's is made by the registry."""
    from designs.manifest import FILE_NAME, parse_manifest

    path = root / FILE_NAME
    named = any(file.path == FILE_NAME for file in snapshot.files)
    return not named or parse_manifest(path.read_text(encoding="utf-8")) == snapshot.manifest


def _compare(snapshot: "Snapshot", folder: Path) -> None:
    """Raises Conflict for the first file that is another one in the folder."""
    from designs.digest import digest_file

    for file in snapshot.files:
        path = folder / file.path
        if not path.is_file() or digest_file(path) != file.sha256:
            raise Conflict(f"not signed: {path} is missing, or is not the file that was published")
