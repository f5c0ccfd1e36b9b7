"""The models of agent, registry and machine joined by a network; the people around them; and what must hold."""

from dataclasses import dataclass

from fabnode import core
from fabnode import events as e
from fabnode.protocol import AttemptState as S
from fabnode.protocol import BedState
from printers.machine import Outcome
from registry.core.attempts import SETTLED, JobState
from tests.crash.model_agent import ModelAgent
from tests.crash.model_machine import ModelMachine
from tests.crash.model_registry import ModelRegistry, Report

FOREIGN = "somebody-elses.gcode"
QUIET_ROUNDS = 200
Leases = tuple[tuple[str, int], ...]
Body = str | Leases | tuple[Report, ...] | core.Attempt


@dataclass(frozen=True)
class Letter:
    """A request on its way. `life`: of the agent's process that waits for the answer."""

    what: str
    body: Body
    life: int
    ask: int


class Fleet:
    def __init__(self) -> None:
        super().__init__()
        self.machine = ModelMachine()
        self.registry = ModelRegistry()
        self.agent = ModelAgent(self.machine)
        self.letters: list[Letter] = []
        self.life = self.asks = 0
        self.waited_for: set[int] = set()
        self.unwatched = False

    # ---- the agent and its network

    def come_up(self) -> None:
        self.life += 1
        self.agent.come_up(unwatched=self.unwatched)
        self.unwatched = False

    def claim(self) -> None:
        """Under a new key, unless an earlier one was not answered."""
        if not self.agent.claims:
            self.asks += 1
            self.agent.claims.append(f"claim-{self.asks}")
        self.send("claim", self.agent.claims[0])

    def beat(self) -> None:
        attempts = self.agent.attempts.values()
        held = [(one.id, one.epoch) for one in attempts if one.state in core.HOLDING and not one.lease_lost]
        self.send("beat", tuple(held))

    def ask_permit(self) -> None:
        assert self.agent.doing is not None
        self.agent.asked_at = self.agent.now
        self.waited_for -= {letter.ask for letter in self.letters if letter.what == "permit"}
        self.send("permit", self.agent.attempts[self.agent.doing[0]])

    def work(self, *, well: bool) -> None:
        self.agent.work(well=well)
        if self.agent.doing and isinstance(self.agent.doing[1], e.StartOnce):
            self.send("start", self.agent.attempts[self.agent.doing[0]])

    def lose_patience_with_start(self) -> None:
        assert self.agent.doing is not None
        attempt, self.agent.doing = self.agent.doing[0], None
        self.waited_for -= {letter.ask for letter in self.letters if letter.what == "start"}
        self.agent.apply(attempt, e.StartUnknown("no answer"))

    def send(self, what: str, body: Body) -> None:
        self.asks += 1
        self.waited_for.add(self.asks)
        self.letters.append(Letter(what, body, self.life, self.asks))

    def arrive(self, letter: Letter, *, answered: bool) -> None:
        heard = answered and letter.ask in self.waited_for and letter.life == self.life
        self.waited_for.discard(letter.ask) if heard else None
        match letter.what, letter.body:
            case "claim", str(key):
                handed = self.registry.claim(key)
                self.agent.settle_claim(key, handed) if heard else None
            case "beat", tuple(leases):
                held, commands = self.registry.beat(leases)
                self.agent.hear_beat(leases, held, commands) if heard else None
            case "report", tuple(reports):
                through = self.registry.take(reports)
                self.agent.acknowledge(through) if heard else None
            case "permit", core.Attempt() as attempt:
                seconds = self.registry.permit(attempt.id, attempt.epoch)
                self.agent.hear_permit(seconds) if heard and self.asks_permit else None
            case "start", core.Attempt() as attempt:
                begun = self.machine.start(attempt.file)
                if heard and self.agent.doing:
                    self.agent.doing = None
                    self.agent.apply(attempt.id, e.Started() if begun else e.StartRefused("busy"))

    @property
    def asks_permit(self) -> bool:
        return self.agent.doing is not None and isinstance(self.agent.doing[1], e.AskPermit)

    @property
    def start_is_on_its_way(self) -> bool:
        return any(letter.what == "start" for letter in self.letters)

    # ---- people

    def clear_bed(self) -> None:
        """A person takes off what lies there, unless the machine is at work."""
        if self.machine.running is None and not self.start_is_on_its_way:
            step = self.agent.change_bed(e.BedCleared("op"))
            if step.refused is None:
                self.machine.occupied = False

    def judge(self, good_copies: int) -> None:
        """As many of its copies are good; no more than there are."""
        attempt = self.to_judge[0]
        good = min(good_copies, attempt.copies)
        self.agent.apply(attempt.id, e.AcceptedGood("op", good) if good else e.AcceptedScrap("op"))

    def settle(self) -> None:
        """By what the machine's record says."""
        assert self.uncertain is not None
        evidence = self.machine.evidence(self.uncertain.file)
        if self.start_is_on_its_way or evidence.running:
            return
        if not evidence.starts:
            self.agent.apply(self.uncertain.id, e.SettledNotStarted("op"))
        else:
            good = evidence.outcome is Outcome.DONE
            self.agent.apply(self.uncertain.id, e.AcceptedGood("op") if good else e.AcceptedScrap("op"))

    @property
    def to_redo(self) -> list[str]:
        wanted = {JobState.NEEDS_REDO, JobState.UNCERTAIN}
        return [job.id for job in self.registry.jobs.values() if job.state in wanted]

    @property
    def active(self) -> list[str]:
        return [job.id for job in self.registry.jobs.values() if job.state is JobState.ACTIVE]

    @property
    def to_judge(self) -> list[core.Attempt]:
        return [one for one in self.agent.attempts.values() if one.state is S.FINISHED_UNVERIFIED]

    @property
    def uncertain(self) -> core.Attempt | None:
        return next((one for one in self.agent.attempts.values() if one.state is S.UNCERTAIN), None)

    @property
    def foreign_is_seen(self) -> bool:
        return self.unwatched or self.agent.bed is BedState.OCCUPIED

    # ---- when nothing goes wrong

    def come_to_rest(self) -> None:
        """The faults are over: everything comes to its end."""
        self.letters.clear()
        self.waited_for.clear()
        self.come_up() if not self.agent.up else None
        for _ in range(QUIET_ROUNDS):
            if self._is_at_rest():
                return
            self._one_quiet_round()
        raise AssertionError((self.registry.jobs, self.agent.held, self.agent.bed, self.machine))

    def _is_at_rest(self) -> bool:
        over = {JobState.DONE, JobState.CANCELLED}
        jobs_over = all(job.state in over for job in self.registry.jobs.values())
        return jobs_over and not (self.agent.owed() or self.agent.held or self.to_judge or self.agent.orders)

    def _one_quiet_round(self) -> None:
        self.talk()
        self.be_handed_work()
        self.carry_out()
        if self.machine.running:
            self.machine.paused = False
            self.machine.end(Outcome.DONE)
            self.agent.look(patient=True)
        self.be_tended()
        self.registry.redo(self.to_redo[0]) if self.to_redo else None
        self.registry.pass_time(5)
        self.registry.sweep()

    def talk(self) -> None:
        if self.agent.doing and isinstance(self.agent.doing[1], e.StartOnce):
            self.lose_patience_with_start()
        self.beat()
        self.send("report", self.agent.owed()) if self.agent.owed() else None
        self._deliver_all()

    def be_handed_work(self) -> None:
        if not self.agent.held and self.machine.running is None:
            self.claim()
        self._deliver_all()

    def carry_out(self, *, start_answered: bool = True) -> None:
        if self.asks_permit and self.machine.running is None:
            self.ask_permit()
        self._deliver_all()
        while self.agent.orders and self.agent.doing is None:
            self.work(well=True)
            self._deliver_all(start_answered=start_answered)
        if start_answered:
            self.agent.look(patient=True)

    def be_tended(self) -> None:
        self.settle() if self.uncertain else None
        self.judge(99) if self.to_judge else None
        self.clear_bed()

    def _deliver_all(self, *, start_answered: bool = True) -> None:
        while self.letters:
            letter = self.letters.pop(0)
            self.arrive(letter, answered=start_answered or letter.what != "start")

    # ---- the account, when all is quiet

    def assert_accounted(self) -> None:
        """Every ordered part is there once or cancelled, every try has its end, every part that was made is kept."""
        for job in self.registry.jobs.values():
            tries = [self.registry.attempts[one] for one, of in self.registry.job_of.items() if of == job.id]
            assert job.state in {JobState.DONE, JobState.CANCELLED}, job
            assert sum(one.state == "good" for one in tries) == (job.state is JobState.DONE), tries
            # One that a person had made again before it was settled stays as it was when it ceased to count.
            assert all(one.state in SETTLED or one.id in self.registry.redone for one in tries), tries
        for attempt in self.agent.attempts.values():
            words = [at.extra or at.state for _, at in self.registry.plate(attempt.id)]
            parts = sum(word in {"good", "scrap"} for word in words)
            made = attempt.file in self.machine.made or attempt.state in {S.GOOD, S.SCRAP}
            assert parts == (attempt.copies if made else 0), (attempt, words)
        told = [report for report in self.agent.outbox if report.state == "good"]
        for report in told:
            words = [at.extra or at.state for _, at in self.registry.plate(report.attempt)]
            copies = self.agent.attempts[report.attempt].copies
            assert words.count("good") == (report.good_copies or copies), (report, words)  # type: ignore[arg-type]
        assert not self.agent.owed()
