"""Messages that wait to be delivered, in the stock: each once for a channel and a mark, until it is out or too old."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from fabnode.notices import Notice
from fabnode.stock import Stock


@dataclass(frozen=True)
class Waiting:
    """A message of one channel that is not out yet."""

    id: int
    notice: Notice


class Letterbox:
    """Synchronous, as the stock is."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock

    def put(self, channel: str, notice: Notice) -> bool:
        """False when the channel has or had it already."""
        body = json.dumps({**asdict(notice), "at": notice.at.isoformat()})
        with self._stock.change() as db:
            added = db.execute(
                "INSERT INTO notices (channel, mark, body, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (channel, notice.mark, body, notice.at.isoformat()),
            )
            return added.rowcount > 0

    def waiting(self, channel: str, limit: int = 500) -> tuple[Waiting, ...]:
        with self._stock.change() as db:
            rows = db.execute(
                "SELECT id, body FROM notices WHERE channel = ? AND sent_at IS NULL ORDER BY id LIMIT ?",
                (channel, limit),
            ).fetchall()
        return tuple(Waiting(number, _notice(body)) for number, body in rows)

    def sent_at(self, channel: str, since: datetime) -> tuple[datetime, ...]:
        """When messages went out; what went out together is one."""
        with self._stock.change() as db:
            rows = db.execute(
                "SELECT DISTINCT sent_at FROM notices WHERE channel = ? AND sent_at > ?", (channel, since.isoformat())
            ).fetchall()
        return tuple(datetime.fromisoformat(at) for (at,) in rows)

    def sent(self, numbers: tuple[int, ...], now: datetime) -> None:
        with self._stock.change() as db:
            db.executemany(
                "UPDATE notices SET sent_at = ? WHERE id = ?", [(now.isoformat(), number) for number in numbers]
            )

    def drop_unsent(self, before: datetime) -> int:
        """What nobody could be told in time. Returns how many."""
        with self._stock.change() as db:
            old = "DELETE FROM notices WHERE sent_at IS NULL AND made_at < ?"
            return db.execute(old, (before.isoformat(),)).rowcount

    def forget(self, before: datetime) -> None:
        """Marks of what was told long ago."""
        with self._stock.change() as db:
            db.execute("DELETE FROM notices WHERE sent_at < ?", (before.isoformat(),))


def _notice(body: str) -> Notice:
    fields = json.loads(body)
    return Notice(**{**fields, "at": datetime.fromisoformat(fields["at"])})
