"""What members sign in with beside their password."""

import sqlalchemy as sa

from registry.store.tables.columns import Json, Moment, metadata

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("transports", Json, nullable=False),
    sa.Column("backed_up", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)
"""`id` is the credential's own, in base64url; the public key is COSE (RFC 9052) as the authenticator gave it."""

passkey_challenges = sa.Table(
    "passkey_challenges",
    metadata,
    sa.Column("ticket_sha256", sa.Text, primary_key=True),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    sa.Column("token_id", sa.Text),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)
"""What an authenticator was asked to sign, until it is answered once. `token_id`: the session that registers a
passkey; without one it is for signing in."""

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("secret_sha256", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.id"), nullable=False, index=True),
    sa.Column("made_by", sa.Text, sa.ForeignKey("members.id"), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
)
"""One-time links by which somebody who lost their password sets another; gone when they are used."""
