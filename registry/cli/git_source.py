"""A folder in a git repository: which commit and tag it is at, where it came from, and what is not committed."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from designs.okh_design import semantic
from registry.errors import Conflict, Unavailable

PATIENCE_SECONDS = 30
CLONE_SECONDS = 600
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
MOST_NAMED = 5
LONGEST = 200


@dataclass(frozen=True)
class GitSource:
    """Where a folder stands in its repository."""

    commit: str
    tag: str | None
    """That is exactly at this commit; the greatest version, if there are several."""
    remote: str | None
    """Without a name and password that may stand in it."""
    changed: tuple[str, ...]
    """Files of the folder that are not as they were committed."""

    @property
    def version(self) -> str | None:
        """Of the tag, `v1.2.0` or `1.2.0`."""
        return semantic(self.tag.rpartition("/")[2]) if self.tag else None


def git_source(folder: Path) -> GitSource | None:
    """Look at a folder; None where it is in no repository, or git is not here."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    tags = _git(folder, "tag", "--points-at", "HEAD", "--sort=-version:refname").splitlines()
    remote = _git(folder, "remote", "get-url", "origin")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".").splitlines()
    return GitSource(
        commit, tags[0] if tags else None, without_secrets(remote) if remote else None,
        tuple(line[3:] for line in changed),
    )  # fmt: skip


def toolchain_of(found: GitSource | None, *, wanted: bool | None, dirty: bool) -> dict[str, str]:
    """What a version that is published from here says of its source. `wanted` None: only when it is at a tag.

    Raises Conflict where files are not committed, unless that is allowed (`dirty`).
    """
    if found is None:
        if wanted:
            raise Conflict("this folder is in no git repository with a commit: publish it without --git")
        return {}
    if wanted is False or (wanted is None and found.tag is None):
        return {}
    if found.changed and not dirty:
        more = f" and {len(found.changed) - MOST_NAMED} more" if len(found.changed) > MOST_NAMED else ""
        raise Conflict(
            f"not committed: {', '.join(found.changed[:MOST_NAMED])}{more}. Commit them, or publish with --dirty, "
            "which says so, or with --no-git, which names no commit"
        )
    told = {"git.commit": found.commit, "git.tag": found.tag, "git.remote": found.remote}
    told |= {"git.dirty": "yes"} if found.changed else {}
    return {name: value for name, value in told.items() if value and len(value) <= LONGEST}


def without_secrets(remote: str) -> str:
    """`https://ada:secret@host/x.git` → `https://host/x.git`; other forms as they are."""
    parts = urlsplit(remote)
    if parts.scheme not in {"http", "https"} or "@" not in parts.netloc:
        return remote
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def clone(address: str, target: Path, tag: str | None) -> None:
    """Fetch one state of a repository into a new folder. Raises Unavailable with git's own words."""
    chosen = ("--branch", tag) if tag else ()
    command = ("clone", "--quiet", "--depth", "1", "--no-recurse-submodules", *chosen, "--", address, str(target))
    done = _run(command, CLONE_SECONDS)
    if done.returncode:
        words = " ".join(done.stderr.split())[-400:] or f"git ended with {done.returncode}"
        raise Unavailable(f"{without_secrets(address)} cannot be fetched: {words}", code="git_failed")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = _run(("-C", str(folder), *arguments), PATIENCE_SECONDS)
    except Unavailable:
        return ""
    return done.stdout.rstrip("\n") if done.returncode == 0 else ""


def _run(arguments: Sequence[str], seconds: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    environment["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:git:file"
    try:
        return subprocess.run(
            ["git", *_QUIET, *arguments],
            capture_output=True, text=True, timeout=seconds, env=environment, check=False,
            stdin=subprocess.DEVNULL, errors="replace",
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Unavailable("git is not installed here", code="git_missing") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git did not end within {seconds} s", code="git_failed") from error
