"""An order with conditions by its page: who can make it and why not, what failed made again, the rest cancelled."""

import re

from playwright.sync_api import expect

from fabnode.protocol import AttemptState
from tests.web.browsing import Errors, Open
from tests.web.site import PaperAgent


def test_from_conditions_to_an_order_that_is_partly_made(open_page: Open, agent: PaperAgent, errors: Errors) -> None:
    """Without script: every step is a form."""
    agent.beat()
    page = open_page(member="bea", width=390, script=False)
    page.goto("/designs/ada/gridfinity-bin/order?p.units_x=1")
    page.get_by_text("Conditions: when").click()
    page.get_by_label("Copies").fill("3")
    page.get_by_label("Within km").fill("50")
    page.get_by_label("Of this place").fill("53.79, -1.54")
    page.get_by_label("Machine", exact=True).select_option(label="Prusa left, Riverside lab")
    page.get_by_role("button", name="See who can make it").click()
    expect(page.get_by_text("0 of 2 machines")).to_be_visible()
    expect(page.get_by_text("does not say where it is, the order asks for within 50 km").first).to_be_visible()
    expect(page.get_by_text("The order names another machine")).to_be_visible()
    expect(page.get_by_label("Within km")).to_have_value("50")
    page.get_by_label("Within km").fill("near here")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("alert")).to_contain_text("'near here' is no distance: give kilometres, like 50km")
    assert all("422" in error for error in errors)
    errors.clear()
    page.get_by_label("Within km").fill("")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/ord_*")
    expect(page.get_by_text(re.compile("^Prusa left at Riverside lab can make it"))).to_be_visible()
    job = agent.claim()
    assert job.copies == 3
    agent.permit(job)
    for state in (AttemptState.PRINTING, AttemptState.FINISHED_UNVERIFIED):
        agent.tell(job, state)
    agent.tell(job, AttemptState.GOOD, good_copies=1)
    page.reload()
    page.get_by_role("button", name="Make the 2 copies that failed again").click()
    expect(page.get_by_text("1 of 3 done, 2 waiting")).to_be_visible()
    page.get_by_role("button", name="Cancel the 2 copies not begun").click()
    expect(page.get_by_text("1 of 3 done, 2 cancelled")).to_be_visible()
    expect(page.get_by_text("Partly made").first).to_be_visible()
