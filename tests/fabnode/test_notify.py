"""Telling people: what, how often, by real receivers, and not lost with the process."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from fabnode.cli import fabnode
from fabnode.config import NotifySettings, parse_config
from fabnode.notices import HOUR, Notice, batch, worded
from fabnode.notify import Notifier, try_channels
from fabnode.retry import Backoff
from fabnode.stock import Stock
from tests.simulators.listeners import is_signed, mail_server, receiver

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
QUICK = Backoff(0.02, 0.05)


def notice(mark: str = "a1:failed", at: datetime | None = None) -> Notice:
    return Notice("failed", mark, "m1", "Prusa 1 did not make a part", "ada/hook@1.0.0. Größe — ünïcode", at or NOW)


def settings(text: str) -> NotifySettings:
    return parse_config(text, "fabnode.toml").notify


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def notifying(folder: Path, text: str) -> AsyncIterator[Notifier]:
    """One process's notifier on the stock in the folder."""
    stock = Stock(folder / "stock.sqlite")
    notifier = Notifier(stock, settings(text), folder, QUICK)
    running = asyncio.create_task(notifier.run())
    yield notifier
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    stock.close()


@limits(deadline=None)
@given(
    st.integers(0, 50), st.lists(st.integers(0, 7200).map(lambda ago: NOW - timedelta(seconds=ago)), max_size=40),
    st.integers(1, 30),
)  # fmt: skip
def test_no_hour_has_more_messages_than_are_wanted_and_none_is_left(
    waiting: int, sent: list[datetime], most: int
) -> None:
    pending = [notice(f"{number}") for number in range(waiting)]
    due = batch(pending, sent, most, NOW)
    recent = [at for at in sent if NOW - at < HOUR]
    if due.notices:
        assert len(recent) < most
        assert due.notices == tuple(pending[: len(due.notices)])
    elif waiting:
        assert len(recent) >= most
        assert 0 <= due.wait_seconds <= 3600
        assert batch(pending, sent, most, NOW + timedelta(seconds=due.wait_seconds + 1)).notices


def test_many_become_one_that_can_still_be_read() -> None:
    title, text = worded([notice(str(number)) for number in range(30)])
    assert title == "30 messages from the workshop"
    assert text.count("\n") == 20
    assert text.endswith("and 10 more")


async def test_a_webhook_is_signed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    async with receiver() as (posts, url):
        outcome = await try_channels(
            settings(f'[[notify.webhook]]\nname = "hook"\nurl = "{url}"\nsecret_file = "secret"\n'), tmp_path
        )
        (headers, body), *_ = posts.received
    assert outcome == {"hook": None}
    assert is_signed(headers, body, "s3cret")
    assert not is_signed(headers, body + b" ", "s3cret")
    assert json.loads(body)["notices"][0]["occasion"] == "needs_operator"


async def test_a_topic_gets_text_and_a_title_that_fits_a_header(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("tk_1")
    text = '[[notify.ntfy]]\nname = "phone"\nurl = "{url}"\ntoken_file = "token"\n'
    async with receiver() as (posts, url):
        notifier = Notifier(Stock(tmp_path / "s"), settings(text.format(url=url)), tmp_path, QUICK)
        running = asyncio.create_task(notifier.run())
        await notifier.tell(Notice("failed", "1", "m1", "Drücker: a print\nfailed", "Größe", datetime.now(UTC)))
        await eventually(lambda: bool(posts.received))
        running.cancel()
    headers, body = posts.received[0]
    assert body.decode() == "Größe"
    assert headers["Title"].startswith("=?utf-8?")
    assert headers["Title"].isascii()
    assert (headers["Priority"], headers["Authorization"]) == ("high", "Bearer tk_1")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_letter_goes_through_a_real_mail_server(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("pass word")
    async with mail_server("lab", "pass word") as (letters, port):
        text = (
            f'[[notify.mail]]\nname = "mail"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nuser = "lab"\n'
            'password_file = "password"\nsender = "lab@example.org"\nto = ["ada@example.org", "bob@example.org"]\n'
        )
        assert await try_channels(settings(text), tmp_path) == {"mail": None}
        letters.refuses = True
        refused = (await try_channels(settings(text), tmp_path))["mail"]
    assert refused
    assert "does not take the letter" in refused
    assert "not now" in refused
    (letter,) = letters.received
    assert (letter["Subject"], letter["To"]) == ("A trial message", "ada@example.org, bob@example.org")
    assert letter["Auto-Submitted"] == "auto-generated"


async def test_what_could_not_be_told_is_told_by_the_next_process_once(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    text = '[[notify.webhook]]\nname = "hook"\nurl = "{url}"\nsecret_file = "secret"\n'
    async with receiver() as (posts, url):
        posts.status = 503
        async with notifying(tmp_path, text.format(url=url)) as notifier:
            await notifier.tell(notice(at=datetime.now(UTC)))
            await eventually(lambda: len(posts.received) >= 3)
            assert "answers 503" in notifier.troubles["hook"]
        posts.received.clear()
        posts.status = 200
        async with notifying(tmp_path, text.format(url=url)) as notifier:
            await eventually(lambda: bool(posts.received))
            await notifier.tell(notice(at=datetime.now(UTC)))
            await notifier.tell(notice("a2:failed", at=datetime.now(UTC)))
            await eventually(lambda: b"a2:failed" in posts.received[-1][1])
    assert [b"a1:failed" in body for _, body in posts.received] == [True, False]


async def test_only_the_wanted_occasions_are_told_and_old_news_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    text = '[notify]\ngive_up_hours = 1\n[[notify.webhook]]\nname = "hook"\nurl = "{url}"\nsecret_file = "secret"\n'
    async with receiver() as (posts, url):
        stock = Stock(tmp_path / "stock.sqlite")
        chosen = settings(text.format(url=url) + 'on = ["failed"]\n')
        notifier = Notifier(stock, chosen, tmp_path, QUICK)
        await notifier.tell(Notice("finished", "f", "m1", "t", "x", datetime.now(UTC)))
        await notifier.tell(notice("old", at=datetime.now(UTC) - timedelta(hours=2)))
        await notifier.tell(notice("new", at=datetime.now(UTC)))
        running = asyncio.create_task(notifier.run())
        await eventually(lambda: bool(posts.received))
        running.cancel()
    bodies = b"".join(body for _, body in posts.received)
    assert (b'"new"' in bodies, b'"old"' in bodies, b'"finished"' in bodies) == (True, False, False)


@pytest.mark.parametrize("content", [None, ""])
def test_the_trial_command_says_what_is_wrong(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "fabnode.toml").write_text(
        '[[notify.webhook]]\nname = "hook"\nurl = "http://127.0.0.1:9/x"\nsecret_file = "keys/hook"\n'
    )
    if content is not None:
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "hook").write_text(content)
    done = CliRunner().invoke(fabnode, ["--home", str(tmp_path), "notify", "test"])
    assert done.exit_code == 1
    assert "keys/hook" in done.output
