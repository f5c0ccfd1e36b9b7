"""All pages, joined."""

from fastapi import APIRouter, Depends

from registry.web import (
    routes_account,
    routes_browse,
    routes_builds,
    routes_compare,
    routes_copies,
    routes_designs,
    routes_groups,
    routes_hooks,
    routes_lineage,
    routes_models,
    routes_moderation,
    routes_needs,
    routes_orders,
    routes_places,
    routes_proposal_acts,
    routes_proposals,
    routes_provenance,
    routes_publish,
    routes_settings,
    routes_static,
    routes_timelines,
)
from registry.web.pages import recognise

router = APIRouter(include_in_schema=False, dependencies=[Depends(recognise)])
for part in (
    routes_static,
    routes_account,
    routes_browse,
    routes_publish,
    routes_needs,
    routes_hooks,
    routes_timelines,
    routes_designs,
    routes_lineage,
    routes_builds,
    routes_models,
    routes_provenance,
    routes_compare,
    routes_proposals,
    routes_proposal_acts,
    routes_orders,
    routes_copies,
    routes_places,
    routes_settings,
    routes_moderation,
    routes_groups,
):
    router.include_router(part.router)
