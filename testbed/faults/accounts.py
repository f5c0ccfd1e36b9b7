"""The oracle: what machines, registry, agent and operator each say happened, held against each other. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

MADE = frozenset({"good", "scrap"})
ENDED = MADE | {"failed", "cancelled", "lost"}


@dataclass(frozen=True)
class AttemptFacts:
    """One try, as the registry's database has it."""

    id: str
    job: str
    known_as: str
    """The attempt by which the agent knows it: its own, or the first of the plate that it lies on."""
    file: str
    """Its name on the machine, that of its plate."""
    state: str
    permits: int
    """How often leave to start was given."""
    extra: str | None = None
    """What it made after it had ceased to count."""


@dataclass(frozen=True)
class Facts:
    """Everything that was found when all was quiet again."""

    attempts: tuple[AttemptFacts, ...]
    jobs: Mapping[str, str]
    """Job → state, of every ordered part."""
    starts: Mapping[str, int]
    """File → how often its machine began it, by the machine's own records."""
    finished: Mapping[str, int]
    """File → how often its machine made it to the end."""
    journal: Mapping[str, str]
    """Attempt → state, by the agent."""
    accepted: Mapping[str, int]
    """Attempt → how many of its copies are good, where the operator's word was taken."""
    owed: int = 0
    """Reports that the agent could not deliver."""


@dataclass(frozen=True)
class Account:
    """What does not add up, in words. All empty: every part is accounted for once."""

    double_starts: tuple[str, ...] = ()
    lost_parts: tuple[str, ...] = ()
    unaccounted: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.double_starts or self.lost_parts or self.unaccounted)


def settle(facts: Facts) -> Account:
    """Hold the records against each other."""
    return Account(tuple(_double_starts(facts)), tuple(_lost_parts(facts)), tuple(_unaccounted(facts)))


def _double_starts(facts: Facts) -> Iterator[str]:
    """No file is begun more than once, and none without leave for each copy on it."""
    plates = _plates(facts, lambda attempt: attempt.file)
    for file, starts in sorted(facts.starts.items()):
        copies = plates.get(file, [])
        allowed = min((min(1, attempt.permits) for attempt in copies), default=0)
        if starts > allowed:
            whose = ", ".join(f"attempt {attempt.id} with {attempt.permits} permits" for attempt in copies)
            yield f"{file} was begun {starts} times ({whose or 'no attempt'})"


def _lost_parts(facts: Facts) -> Iterator[str]:
    """Every part that came off a machine is in the registry: counted, or kept as an extra one."""
    for attempt in facts.attempts:
        if facts.finished.get(attempt.file, 0) and attempt.state not in MADE and attempt.extra is None:
            yield f"{attempt.file} was made, and attempt {attempt.id} is {attempt.state}"
    for known_as, copies in _plates(facts, lambda attempt: attempt.known_as).items():
        accepted = facts.accepted.get(known_as, 0)
        kept = sum("good" in {attempt.state, attempt.extra} for attempt in copies)
        if kept < accepted:
            yield f"{accepted} copies of attempt {known_as} were accepted as good, and the registry has {kept}"


def _unaccounted(facts: Facts) -> Iterator[str]:
    """Every ordered part is there exactly once, every try has one end, and both sides know the same tries."""
    good: dict[str, int] = dict.fromkeys(facts.jobs, 0)
    for attempt in facts.attempts:
        good[attempt.job] = good.get(attempt.job, 0) + (attempt.state == "good")
        yield from _told_alike(attempt, facts.journal.get(attempt.known_as))
    for job, state in sorted(facts.jobs.items()):
        if state != "done" or good[job] != 1:
            yield f"job {job} is {state} with {good[job]} good parts"
    for attempt_id in sorted(set(facts.journal) - {attempt.known_as for attempt in facts.attempts}):
        yield f"the agent knows attempt {attempt_id}, and the registry does not"
    if facts.owed:
        yield f"{facts.owed} reports were not delivered"


def _told_alike(attempt: AttemptFacts, told: str | None) -> Iterator[str]:
    """`told`: its state by the agent."""
    if attempt.state not in ENDED:
        yield f"attempt {attempt.id} is {attempt.state}: it has no end"
    elif told is None and attempt.state not in {"lost", "cancelled"}:
        yield f"attempt {attempt.id} is {attempt.state}, and its agent does not know it"
    elif told is not None and attempt.state != "lost" and attempt.state not in _TOLD_AS.get(told, {told}):
        yield f"attempt {attempt.id} is {attempt.state} at the registry and {told} at its agent"


_TOLD_AS = {"good": MADE}
"""Of a plate that is good some copies may be scrap."""


def _plates(facts: Facts, by: Callable[[AttemptFacts], str]) -> dict[str, list[AttemptFacts]]:
    found: dict[str, list[AttemptFacts]] = {}
    for attempt in facts.attempts:
        found.setdefault(by(attempt), []).append(attempt)
    return found
