"""The registry's own key and the tree over its log: made once, replaced by its own word, and grown by many at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from designs.checkpoints import open_checkpoint, succeed
from designs.digest import digest_bytes
from designs.merkle import leaf_hash
from designs.signing import build_statement, open_envelope
from designs.signing_keys import new_key, write_key
from registry.actions import log_tree, provenance
from registry.core.merkle import grown
from registry.errors import Conflict, NotFound, Unavailable
from registry.ids import BuildId
from registry.moments import now
from registry.settings import Settings
from registry.store.database import Database
from registry.store.log_tree import read_tree
from registry.store.tables.builds import build_artifacts, builds
from registry.store.tables.designs import blobs
from registry.store.tables.recording import log
from registry.work.signing import KEY_FILE, Signer, open_signer


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    settings.data.mkdir(parents=True)
    db = Database(settings.database)
    db.migrate()
    yield db
    db.close()


async def opened(settings: Settings, db: Database) -> Signer:
    signer = await open_signer(settings, db)
    assert signer is not None
    return signer


async def test_the_key_is_made_once_and_its_log_keeps_its_name(settings: Settings, database: Database) -> None:
    first = await opened(settings, database)
    assert (settings.data / KEY_FILE).stat().st_mode & 0o777 == 0o600
    moved = settings.model_copy(update={"public_url": "https://elsewhere.test"})
    assert (await opened(moved, database)).log_key == first.log_key
    assert first.origin == "registry.test/log"


async def test_a_process_without_the_key_signs_nothing_and_a_strange_key_is_refused(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    await opened(settings, database)
    other = settings.model_copy(update={"signing_key": tmp_path / "other.pem"})
    assert await open_signer(other, database) is None
    write_key(tmp_path / "other.pem", new_key())
    with pytest.raises(Unavailable) as refused:
        await open_signer(other, database)
    assert refused.value.reason == "strange_signing_key"


async def test_a_new_key_is_named_by_the_old_one_and_followed(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    old = await opened(settings, database)
    write_key(tmp_path / "new.pem", new_key())
    change = {"signing_key": tmp_path / "new.pem", "signing_key_before": settings.data / KEY_FILE}
    new = await opened(settings.model_copy(update=change), database)
    again = await opened(settings.model_copy(update={"signing_key": tmp_path / "new.pem"}), database)
    assert again.log_key == new.log_key
    await database.write(lambda c: log_tree.fold(c, new.checkpoint, now()))
    keys, successions = await database.read(provenance.log_keys)
    assert keys == (old.log_key, new.log_key)
    followed = succeed(old.origin, [old.log_key], [one.to_json() for one in successions])
    assert followed == keys
    assert open_checkpoint(await database.read(log_tree.checkpoint_of), followed)[1] == new.log_key


async def test_several_processes_that_fold_at_once_make_one_tree(settings: Settings, database: Database) -> None:
    signer, other = await opened(settings, database), Database(settings.database)
    rows = [
        {"kind": "x", "subject": f"s{number}", "actor": "a", "data": {"n": number, "f": 0.5, "big": 2**70}, "at": now()}
        for number in range(300)
    ]
    await database.write(lambda c: c.execute(sa.insert(log), rows))
    try:
        for _ in range(4):
            await asyncio.gather(
                *(db.write(lambda c: log_tree.fold(c, signer.checkpoint, now())) for db in (database, other) * 2)
            )
    finally:
        await asyncio.to_thread(other.close)
    tree = await database.read(read_tree)
    leaves = await database.read(lambda c: log_tree.leaves_between(c, 0, 1000))
    assert [leaf.position for leaf in leaves] == list(range(300))
    assert (tree.size, tree.root) == (300, grown(0, {}, [leaf_hash(leaf.text.encode()) for leaf in leaves])[1])
    assert not await database.read(lambda c: log_tree.is_behind(c, now()))


async def test_a_fold_that_breaks_off_leaves_nothing(settings: Settings, database: Database) -> None:
    signer = await opened(settings, database)
    entry = {"kind": "x", "subject": "s", "actor": "a", "data": {}, "at": now()}
    await database.write(lambda c: c.execute(sa.insert(log).values(entry)))

    def break_off(connection: sa.Connection) -> None:
        log_tree.fold(connection, signer.checkpoint, now())
        raise NotFound("the power is gone")

    with pytest.raises(NotFound):
        await database.write(break_off)
    assert (await database.read(read_tree)).size == 0
    await database.write(lambda c: log_tree.fold(c, signer.checkpoint, now()))
    assert (await database.read(read_tree)).size == 1


async def test_a_file_that_was_exchanged_after_it_was_signed_is_not_signed_again(
    settings: Settings, database: Database
) -> None:
    signer = await opened(settings, database)
    build, snapshot, model, other = (digest_bytes(text) for text in (b"recipe", b"snapshot", b"model", b"other"))

    def made(c: sa.Connection) -> None:
        sizes = [{"sha256": one, "size": 1, "created_at": now()} for one in (snapshot, model, other)]
        c.execute(sa.insert(blobs), sizes)
        values = {"id": build, "snapshot": snapshot, "recipe": {"engine": "e"}, "state": "done", "stage": "done"}
        c.execute(sa.insert(builds).values(**values, progress=1, tries=1, requested_at=now()))
        c.execute(sa.insert(build_artifacts).values(build_id=build, name="model.3mf", sha256=model, size=1))

    def sign(c: sa.Connection) -> None:
        provenance.sign_build(c, BuildId(build), signer.origin, signer.statement, now())

    def exchange(c: sa.Connection) -> None:
        c.execute(sa.update(build_artifacts).values(sha256=other))

    with pytest.raises(NotFound):
        await database.write(sign)
    await database.write(made)
    await database.write(sign)
    envelope = await database.read(lambda c: c.execute(sa.text("SELECT count(*) FROM build_statements")).scalar_one())
    assert envelope == 1
    await database.write(exchange)
    with pytest.raises(Conflict) as refused:
        await database.write(sign)
    assert refused.value.reason == "artifact_changed"
    said = build_statement(build, snapshot, "e", {"model.3mf": model}, builder=signer.origin, signed_at=now())
    assert open_envelope(signer.statement(said), [signer.key.public])[0] == said
