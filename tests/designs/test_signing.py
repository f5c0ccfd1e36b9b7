"""Signed statements, key files and checkpoints: what was changed, copied wrongly or signed by others is refused."""

import json
import stat
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.checkpoints import (
    BadCheckpoint,
    Checkpoint,
    LogKey,
    RolledBack,
    follow,
    open_checkpoint,
    parse_log_key,
    sign_checkpoint,
)
from designs.digest import digest_bytes
from designs.signing import (
    BadSignature,
    PrivateKey,
    key_named_in,
    moment_text,
    open_envelope,
    parse_moment,
    parse_public_key,
    release_statement,
    sign_statement,
)
from designs.signing_keys import KeyFileUnusable, PassphraseNeeded, new_key, read_key, write_key

KEY = new_key()
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
STATEMENT = release_statement(
    "ada/bin@1.0.0", digest_bytes(b"x"), parents=[], licence="MIT", author="ada", signed_at=NOW
)
LOG = LogKey("registry.test/log", KEY.public)
CHECKPOINT = Checkpoint("registry.test/log", 7, bytes(32), NOW)


def test_a_statement_comes_out_as_it_went_in() -> None:
    statement, by = open_envelope(sign_statement(STATEMENT, KEY), [new_key().public, KEY.public])
    assert (statement, by) == (STATEMENT, KEY.public)
    assert key_named_in(sign_statement(STATEMENT, KEY)) == KEY.public.id


def _payload(envelope: dict[str, Any]) -> None:
    said = json.loads(b64decode(envelope["payload"]))
    said["predicate"]["author"] = "mallory"
    envelope["payload"] = b64encode(json.dumps(said).encode()).decode()


def _kind(envelope: dict[str, Any]) -> None:
    envelope["payloadType"] = "text/plain"


def _no_signature(envelope: dict[str, Any]) -> None:
    envelope["signatures"] = []


def _named_as_another(envelope: dict[str, Any]) -> None:
    envelope["signatures"][0]["keyid"] = new_key().public.id


def _twice(envelope: dict[str, Any]) -> None:
    envelope["signatures"] *= 2


def _nonsense(envelope: dict[str, Any]) -> None:
    envelope["payload"] = "%%%"


@pytest.mark.parametrize("change", [_payload, _kind, _no_signature, _named_as_another, _twice, _nonsense])
def test_an_envelope_that_was_touched_is_refused(change: Any) -> None:
    envelope: dict[str, Any] = json.loads(json.dumps(sign_statement(STATEMENT, KEY)))
    change(envelope)
    with pytest.raises(BadSignature):
        open_envelope(envelope, [KEY.public])


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.text(max_size=12), st.recursive(st.none() | st.integers() | st.text(), st.lists), max_size=4))
def test_whatever_stands_for_an_envelope_raises_one_error(value: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        open_envelope(value, [KEY.public])


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_moment(moment_text(moment).rjust(27, "0")) == moment


def test_a_key_file_is_private_whole_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "a.pem"
    write_key(path, KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path).public == KEY.public
    with pytest.raises(KeyFileUnusable, match="never written over"):
        write_key(path, new_key())
    assert [each.name for each in path.parent.iterdir()] == ["a.pem"]
    path.chmod(0o640)
    with pytest.raises(KeyFileUnusable, match="others can read"):
        read_key(path)


def test_an_encrypted_key_opens_by_its_passphrase_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.pem"
    write_key(path, KEY, "correct horse")
    assert read_key(path, "correct horse").public == KEY.public
    for tried in (None, "wrong"):
        with pytest.raises(PassphraseNeeded):
            read_key(path, tried)
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(KeyFileUnusable, match="no private key"):
        read_key(path)


def test_a_private_key_does_not_show_itself() -> None:
    assert "Ed25519PrivateKey" not in repr(PrivateKey(KEY.secret))


def test_keys_are_read_in_the_form_that_they_are_written_in() -> None:
    assert parse_public_key(KEY.public.text) == KEY.public
    assert parse_log_key(LOG.text) == LOG
    with pytest.raises(BadSignature):
        parse_public_key("00")
    for wrong in ("x", LOG.text.replace("registry", "regstry"), LOG.text[:-4]):
        with pytest.raises(BadCheckpoint):
            parse_log_key(wrong)


def test_a_note_has_the_form_of_its_specification() -> None:
    lines = sign_checkpoint(CHECKPOINT, KEY).split("\n")
    assert lines[:5] == [
        "registry.test/log", "7", b64encode(bytes(32)).decode(), "time 2026-05-04T09:00:00.000000Z", "",
    ]  # fmt: skip
    assert lines[5].startswith("\u2014 registry.test/log ")
    assert len(b64decode(lines[5].rsplit(" ", 1)[1])) == 4 + 64


@pytest.mark.parametrize(
    ("old", "new"),
    [("\n7\n", "\n8\n"), ("\n7\n", "\n07\n"), ("09:00", "10:00"), ("registry.test", "registry.evil"), ("\n\n", "\n")],
)
def test_a_note_that_was_touched_is_refused(old: str, new: str) -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)
    assert open_checkpoint(note, [LOG]) == (CHECKPOINT, LOG)
    with pytest.raises(BadCheckpoint):
        open_checkpoint(note.replace(old, new, 1), [LOG])
    with pytest.raises(BadCheckpoint):
        open_checkpoint(note, [LogKey("registry.test/log", new_key().public)])


@settings(deadline=None)
@given(st.text(max_size=200))
def test_whatever_stands_for_a_note_raises_one_error(text: str) -> None:
    for note in (text, f"{text}\n\n\u2014 registry.test/log AAAA\n"):
        with pytest.raises(BadCheckpoint):
            open_checkpoint(note, [LOG])


def test_the_same_log_may_be_signed_again_later_and_not_earlier() -> None:
    later = Checkpoint(CHECKPOINT.origin, 7, bytes(32), NOW + timedelta(minutes=5))
    follow(None, CHECKPOINT, ())
    follow(CHECKPOINT, later, ())
    with pytest.raises(RolledBack):
        follow(later, CHECKPOINT, ())
