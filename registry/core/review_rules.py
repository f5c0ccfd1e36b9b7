"""Who must approve changes of which files: the rules of a design's MAINTAINERS file.

    # Any one of these approves; of several lines that fit a file the last one holds.
    *            ada bob
    docs/**      @docs-circle
    *.py         ada bob cy     2

A line has a pattern, then names of members or groups (with or without `@`), then how many of them must approve (1 if
it says nothing). A pattern without `/` fits names in any folder, `**` any number of folders, `name/` a folder with all
that is in it. The rules that hold are those of the target's latest version, so that no proposal changes its own rules.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from registry.errors import Invalid
from registry.ids import parse_name

FILE = "MAINTAINERS"
MAX_BYTES = 64 << 10
MAX_RULES = 200
MOST_NAMES = 50
_COUNT = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True)
class Rule:
    """One line."""

    pattern: str
    who: tuple[str, ...]
    needed: int = 1
    line: int = 0

    def fits(self, path: str) -> bool:
        return _matcher(self.pattern).fullmatch(path) is not None


@dataclass(frozen=True)
class Rules:
    """A MAINTAINERS file that has been read."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[str, ...] = ()
    """Lines that cannot be read, whole sentences: nothing is accepted while there are any."""

    @property
    def names(self) -> frozenset[str]:
        """Everybody whom a line names."""
        return frozenset(name for rule in self.rules for name in rule.who)

    def rule_for(self, path: str) -> Rule | None:
        """The rule that holds for a file."""
        return next((rule for rule in reversed(self.rules) if rule.fits(path)), None)


@dataclass(frozen=True)
class Requirement:
    """A rule with the changed files that it holds for."""

    rule: Rule
    paths: tuple[str, ...]
    needed: int
    """As the rule says, or less where fewer may approve: nobody approves their own proposal."""
    approved_by: tuple[str, ...]

    @property
    def met(self) -> bool:
        return len(self.approved_by) >= self.needed


def parse_rules(text: str) -> Rules:
    """Read a MAINTAINERS file. What cannot be read is told in `problems`."""
    rules: list[Rule] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            rules.append(_rule(words, number))
        except Invalid as error:
            problems.append(f"{FILE}, line {number}: {error.message}.")
    if len(rules) > MAX_RULES:
        problems.append(f"{FILE} has {len(rules)} rules: at most {MAX_RULES}.")
    return Rules(tuple(rules[:MAX_RULES]), tuple(problems[:20]))


def requirements(
    rules: Rules,
    paths: Collection[str],
    people: Mapping[str, Collection[str]],
    approvals: Collection[str],
    authors: Collection[str],
) -> tuple[Requirement, ...]:
    """What the rules ask for these changed files. `people` are the members behind each name of a rule; `authors` do
    not approve, as it is their own."""
    found: dict[Rule, list[str]] = {}
    for path in sorted(paths):
        rule = rules.rule_for(path)
        if rule is not None:
            found.setdefault(rule, []).append(path)
    return tuple(_requirement(rule, files, people, approvals, authors) for rule, files in found.items())


def _requirement(
    rule: Rule,
    paths: Sequence[str],
    people: Mapping[str, Collection[str]],
    approvals: Collection[str],
    authors: Collection[str],
) -> Requirement:
    members = {member for name in rule.who for member in people.get(name, ())} - set(authors)
    approved = tuple(sorted(members & set(approvals)))
    return Requirement(rule, tuple(paths), min(rule.needed, len(members)), approved)


def _rule(words: Sequence[str], line: int) -> Rule:
    pattern, names = words[0], list(words[1:])
    needed = int(names.pop()) if names and _COUNT.fullmatch(names[-1]) else 1
    if not names:
        raise Invalid(f"{pattern[:80]!r} names nobody: write who must approve behind it")
    if len(names) > MOST_NAMES or len(pattern) > 200:
        raise Invalid(f"at most {MOST_NAMES} names, and patterns of 200 characters")
    who = tuple(dict.fromkeys(parse_name(name.removeprefix("@")) for name in names))
    return Rule(pattern, who, needed, line)


@lru_cache(maxsize=512)
def _matcher(pattern: str) -> re.Pattern[str]:
    whole = pattern.removeprefix("/")
    if whole.endswith("/"):
        whole += "**"
    if "/" not in pattern.rstrip("/"):
        whole = f"**/{whole}"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", whole)
    meaning = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))
