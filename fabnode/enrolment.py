"""Becoming known to a registry: identity, journal and a first configuration."""

import re
from datetime import UTC, datetime

from fabnode.client import SOFTWARE, Registry, check_url
from fabnode.home import Home, HomeError, Identity
from fabnode.journal import Journal
from fabnode.protocol import Enrol

FIRST_CONFIG = """\
# The agent's configuration. `fabnode machine add` appends machines; `fabnode doctor` checks everything.

registry = "{registry}"

[agent]
# stage_ahead = true        take and prepare a job while the bed is not clear yet
# heartbeat_seconds = 10

[operator]
# port = 8441               the local page
"""


async def enrol(home: Home, registry: str, code: str, name: str, *, replace: bool) -> Identity:
    """Spend the code, keep who we are, and lay down an empty journal. Raises FabnodeError."""
    url = check_url(registry)
    with home.lock():
        if home.identity_file.exists() and not replace:
            known = home.identity()
            raise HomeError(
                f"this agent is enrolled already with {known.facility_name} at {known.registry}: "
                "--again replaces that, another --home makes a second agent"
            )
        async with Registry(url) as stranger:
            enrolled = await stranger.enrol(Enrol(code=code, name=name[:80], software=SOFTWARE))
        identity = Identity(url, enrolled.node, enrolled.token, enrolled.facility, enrolled.facility_name)
        _set_aside_journal(home)
        Journal.create(home.journal, identity.node)
        home.keep_identity(identity)
        _write_config(home, url)
        return identity


def _set_aside_journal(home: Home) -> None:
    """An earlier journal is evidence: it is renamed, never deleted."""
    if home.journal.exists():
        aside = home.journal.with_name(f"journal-until-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite")
        for ending in ("", "-wal", "-shm"):
            part = home.journal.with_name(home.journal.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))


def _write_config(home: Home, url: str) -> None:
    if not home.config.exists():
        home.write_secret(home.config, FIRST_CONFIG.format(registry=url))
        return
    text = home.config.read_text()
    line = f'registry = "{url}"'
    changed, found = re.subn(r"(?m)^registry\s*=.*$", line, text, count=1)
    home.write_secret(home.config, changed if found else f"{line}\n\n{text}")
