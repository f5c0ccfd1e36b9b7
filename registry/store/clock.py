"""The database's clock: the only one by which leases are given and judged."""

from datetime import UTC, datetime

import sqlalchemy as sa


def database_now(connection: sa.Connection) -> datetime:
    """What the database says the time is, with microseconds on PostgreSQL and milliseconds on SQLite."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    text: str = connection.execute(sa.text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
