"""What time does to needs: take-ups lapse, faint ones are forgotten, and proposals wait for too long."""

from datetime import timedelta

from registry.actions.need_signals import MakeId, end_causes, notice
from registry.actions.story import Story
from registry.core.need_causes import proposal_cause
from registry.core.needs import CLAIM_LASTS, FAINT_LASTS
from registry.store import need_causes as causes
from registry.store import need_facts as facts
from registry.store import needs as store

AT_ONCE = 100
MOST_CAUSES = 1000
PROPOSAL_PATIENCE = timedelta(days=7)
"""Nobody must answer at once; after a week without a word others may want to help."""
_PREFIX = "proposal:"


def tend(story: Story, make_id: MakeId) -> None:
    """One bounded round. The caller finishes the story."""
    for row in store.lapse_claims(story.connection, story.now - CLAIM_LASTS, story.now, AT_ONCE):
        story.publish("need.lapsed", row["need_id"], "registry", {"title": row["title"], "member": row["name"]})
    store.forget_faint(story.connection, story.now - FAINT_LASTS)
    _end_answered(story)
    _notice_waiting(story, make_id)


def _notice_waiting(story: Story, make_id: MakeId) -> None:
    held = set(causes.causes_from(story.connection, _PREFIX, "", MOST_CAUSES))
    for row in facts.waiting_proposals(story.connection, story.now - PROPOSAL_PATIENCE, AT_ONCE + len(held)):
        cause = _PREFIX + row["id"]
        if cause not in held:
            days = (story.now - row["changed_at"]).days
            what = proposal_cause(row["target_id"], row["target"], row["id"], row["title"], days)
            notice(story, what, {row["opened_by"]: 1}, make_id, held_by=cause)


def _end_answered(story: Story) -> None:
    held = causes.causes_from(story.connection, _PREFIX, "", MOST_CAUSES)
    ids = [cause.removeprefix(_PREFIX) for cause in held]
    for proposal, (state, changed_at) in facts.proposal_states(story.connection, ids).items():
        if state not in {"open", "changes_requested"}:
            end_causes(story, [_PREFIX + proposal], f"the change was {state}")
        elif changed_at >= story.now - PROPOSAL_PATIENCE:
            end_causes(story, [_PREFIX + proposal], "it is being worked at again")
