"""Accounts in a real browser: a passkey by a virtual authenticator, a group, and what moderators do."""

from urllib.parse import urlsplit

from tests.web.browsing import Open
from tests.web.site import PASSWORD, Site

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_made_and_signs_in(site: Site, open_page: Open):
    page = open_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    there = f"http://localhost:{urlsplit(site.url).port}"
    page.goto(f"{there}/sign-in?next=/settings")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Name of a new passkey").fill("Test key")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey is kept").wait_for()
    page.context.clear_cookies()
    page.goto(f"{there}/sign-in?next=/settings")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Account", exact=True).wait_for()
    assert page.get_by_label("Name of the passkey").input_value() == "Test key"
    page.get_by_role("button", name="Remove Test key").click()
    page.get_by_role("heading", name="Account", exact=True).wait_for()
    assert page.get_by_label("Name of the passkey").count() == 0


def test_at_a_bare_address_the_page_says_where_passkeys_work(site: Site, open_page: Open, errors: list[str]):
    page = open_page()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    told = page.get_by_role("alert").filter(has_text="localhost")
    told.wait_for()
    assert f"http://localhost:{urlsplit(site.url).port}" in told.inner_text()
    errors.clear()  # the browser reports the 422


def test_a_group_is_made_and_joined_without_a_script(open_page: Open):
    ada, bea = open_page(member="ada", script=False), open_page(member="bea", script=False, width=360)
    ada.goto("/groups/new")
    ada.locator("#name").fill("paper-lab")
    ada.locator("#display_name").fill("Paper lab")
    ada.get_by_role("button", name="Make the group").click()
    ada.get_by_label("Name of the member").fill("bea")
    ada.get_by_role("button", name="Invite", exact=True).click()
    bea.goto("/groups")
    bea.get_by_role("link", name="Answer").click()
    bea.get_by_role("button", name="Join").click()
    bea.get_by_role("button", name="Leave the group").wait_for()
    assert bea.evaluate("document.documentElement.scrollWidth") <= 360
    for path in ("/members/ada", "/settings", "/moderation", "/report"):
        bea.goto(path)
        assert bea.evaluate("document.documentElement.scrollWidth") <= 360, path
