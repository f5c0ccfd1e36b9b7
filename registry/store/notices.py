"""Notices between the processes that share a PostgreSQL database, by its LISTEN and NOTIFY."""

from collections.abc import AsyncIterator, Iterable

import psycopg
import psycopg.conninfo
import sqlalchemy as sa

_CHANNEL = "cofab"
LONGEST = 7900
"""Bytes of a notice: PostgreSQL takes fewer than 8000."""
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 5}
"""So that a server which vanished without a word is missed within half a minute."""


async def notices(url: sa.URL) -> AsyncIterator[str | None]:
    """What is sent from now on, over one connection. First None: it is open, what was sent before may be missed.

    Raises psycopg.Error when the connection is lost.
    """
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    reachable = psycopg.conninfo.make_conninfo(plain, **_KEEPALIVES)
    async with await psycopg.AsyncConnection.connect(reachable, autocommit=True) as connection:
        await connection.execute(f"LISTEN {_CHANNEL}")
        yield None
        async for notice in connection.notifies():
            yield notice.payload


def send_notices(connection: sa.Connection, payloads: Iterable[str]) -> None:
    """Send these when the transaction is committed."""
    for payload in payloads:
        connection.execute(sa.select(sa.func.pg_notify(_CHANNEL, payload)))
