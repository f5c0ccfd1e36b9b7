"""What time does to needs: take-ups lapse, what was heard too seldom is forgotten."""

from registry.actions.need_signals import MakeId
from registry.actions.story import Story
from registry.core.needs import CLAIM_LASTS, FAINT_LASTS
from registry.store import needs as store

AT_ONCE = 100


def tend(story: Story, make_id: MakeId) -> None:
    """One bounded round. The caller finishes the story."""
    del make_id
    for row in store.lapse_claims(story.connection, story.now - CLAIM_LASTS, story.now, AT_ONCE):
        told = {"title": row["title"], "member": row["name"]}
        story.publish("need.lapsed", row["need_id"], "registry", told)
    store.forget_faint(story.connection, story.now - FAINT_LASTS)
