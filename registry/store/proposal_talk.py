"""Queries of the reviews and the discussion of proposals, and of who contributed to a version."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from registry.store.tables.members import members
from registry.store.tables.proposals import (
    proposal_comment_edits,
    proposal_comments,
    proposal_reviews,
    proposal_threads,
    version_contributors,
)
from registry.store.upsert import insert_if_new

_remover, _resolver = members.alias("remover"), members.alias("resolver")


def reviews_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    """Oldest first, with the reviewers' names."""
    query = (
        sa.select(proposal_reviews, members.c.name.label("by"))
        .join(members, members.c.id == proposal_reviews.c.member_id)
        .where(proposal_reviews.c.proposal_id == proposal)
        .order_by(proposal_reviews.c.reviewed_at, proposal_reviews.c.id)
    )
    return list(connection.execute(query).mappings())


def review_by_id(connection: sa.Connection, review: str) -> sa.RowMapping | None:
    return (
        connection.execute(sa.select(proposal_reviews).where(proposal_reviews.c.id == review)).mappings().one_or_none()
    )


def add_review(connection: sa.Connection, values: Mapping[str, object]) -> None:
    connection.execute(sa.insert(proposal_reviews).values(values))


def withdraw_review(connection: sa.Connection, review: str, now: datetime) -> None:
    connection.execute(sa.update(proposal_reviews).where(proposal_reviews.c.id == review).values(withdrawn_at=now))


def threads_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    """Oldest first."""
    query = (
        sa.select(proposal_threads, _resolver.c.name.label("resolver"))
        .outerjoin(_resolver, _resolver.c.id == proposal_threads.c.resolved_by)
        .where(proposal_threads.c.proposal_id == proposal)
        .order_by(proposal_threads.c.begun_at, proposal_threads.c.id)
    )
    return list(connection.execute(query).mappings())


def thread_by_id(connection: sa.Connection, thread: str) -> sa.RowMapping | None:
    query = sa.select(proposal_threads).where(proposal_threads.c.id == thread)
    return connection.execute(query).mappings().one_or_none()


def add_thread(connection: sa.Connection, values: Mapping[str, object]) -> None:
    connection.execute(sa.insert(proposal_threads).values(values))


def change_thread(connection: sa.Connection, thread: str, **values: object) -> None:
    connection.execute(sa.update(proposal_threads).where(proposal_threads.c.id == thread).values(values))


def comments_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    """All of a proposal, oldest first."""
    query = (
        sa.select(proposal_comments, members.c.name.label("by"), _remover.c.name.label("remover"))
        .join(members, members.c.id == proposal_comments.c.member_id)
        .join(proposal_threads, proposal_threads.c.id == proposal_comments.c.thread_id)
        .outerjoin(_remover, _remover.c.id == proposal_comments.c.deleted_by)
        .where(proposal_threads.c.proposal_id == proposal)
        .order_by(proposal_comments.c.written_at, proposal_comments.c.id)
    )
    return list(connection.execute(query).mappings())


def comment_by_id(connection: sa.Connection, comment: str) -> sa.RowMapping | None:
    """With the proposal that it belongs to."""
    query = (
        sa.select(proposal_comments, proposal_threads.c.proposal_id)
        .join(proposal_threads, proposal_threads.c.id == proposal_comments.c.thread_id)
        .where(proposal_comments.c.id == comment)
    )
    return connection.execute(query).mappings().one_or_none()


def count_comments(connection: sa.Connection, proposal: str) -> int:
    """Deleted ones included."""
    query = (
        sa.select(sa.func.count())
        .select_from(proposal_comments.join(proposal_threads, proposal_threads.c.id == proposal_comments.c.thread_id))
        .where(proposal_threads.c.proposal_id == proposal)
    )
    return connection.execute(query).scalar_one()


def add_comment(connection: sa.Connection, values: Mapping[str, object]) -> None:
    connection.execute(sa.insert(proposal_comments).values(values))


def edit_comment(connection: sa.Connection, comment: str, before: str, words: str, now: datetime) -> None:
    """Change the words, and keep what they were."""
    insert_if_new(connection, proposal_comment_edits, [{"comment_id": comment, "until": now, "words": before}])
    at = proposal_comments.c.id == comment
    connection.execute(sa.update(proposal_comments).where(at).values(words=words, edited_at=now))


def delete_comment(connection: sa.Connection, comment: str, by: str, now: datetime) -> None:
    """Remove the words and all that they were before; the mark stays."""
    connection.execute(sa.delete(proposal_comment_edits).where(proposal_comment_edits.c.comment_id == comment))
    gone = sa.update(proposal_comments).where(proposal_comments.c.id == comment)
    connection.execute(gone.values(words=None, deleted_by=by, deleted_at=now))


def edits_of(connection: sa.Connection, proposal: str) -> list[sa.RowMapping]:
    """What the comments of a proposal said before, oldest first."""
    query = (
        sa.select(proposal_comment_edits)
        .join(proposal_comments, proposal_comments.c.id == proposal_comment_edits.c.comment_id)
        .join(proposal_threads, proposal_threads.c.id == proposal_comments.c.thread_id)
        .where(proposal_threads.c.proposal_id == proposal)
        .order_by(proposal_comment_edits.c.until)
    )
    return list(connection.execute(query).mappings())


def add_contributors(connection: sa.Connection, version: str, member_ids: Sequence[str]) -> None:
    """Who made what is in a version, in this order."""
    rows = [{"version_id": version, "member_id": member, "position": at} for at, member in enumerate(member_ids)]
    insert_if_new(connection, version_contributors, rows)


def contributors_of(connection: sa.Connection, version: str) -> list[str]:
    """Their names, in order."""
    query = (
        sa.select(members.c.name)
        .join(version_contributors, version_contributors.c.member_id == members.c.id)
        .where(version_contributors.c.version_id == version)
        .order_by(version_contributors.c.position)
    )
    return list(connection.execute(query).scalars())
