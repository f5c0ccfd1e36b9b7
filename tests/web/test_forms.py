"""Joining, publishing, forking, tokens and facilities by the page."""

from pathlib import Path

from playwright.sync_api import expect

from tests.web.browsing import Errors, Open, tab_to
from tests.web.site import BOX, PASSWORD, Site, packed

MANIFEST = """
[design]
name = "cube"
title = "A cube"
description = "Six sides"
licence = "CC0-1.0"
authors = ["Bea"]
engine = "cadquery"
source = "box.py"
"""


def test_joining_signs_in(open_page: Open) -> None:
    page = open_page()
    page.goto("/join?next=/facilities")
    page.get_by_label("Name", exact=True).fill("carl")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url("**/facilities")
    page.locator("summary", has_text="carl").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_name_that_is_taken_is_said_beside_what_was_typed(open_page: Open, errors: Errors) -> None:
    page = open_page()
    page.goto("/join")
    page.get_by_label("Name", exact=True).fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("'ada' is taken")
    assert page.get_by_label("Name", exact=True).input_value() == "ada"
    assert page.evaluate("document.activeElement.id") == "problem"
    errors.clear()


def test_an_archive_is_published_and_forked_by_keyboard(open_page: Open, tmp_path: Path) -> None:
    archive = tmp_path / "cube.zip"
    archive.write_bytes(packed({"design.toml": MANIFEST, "box.py": BOX}))
    page = open_page(member="bea")
    page.on("filechooser", lambda _: None)  # from here on, not only from the moment in which the key is pressed
    page.goto("/publish")
    tab_to(page, "File")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(archive)
    tab_to(page, "Name")
    page.keyboard.type("cube")
    tab_to(page, "Publish")
    page.keyboard.press("Enter")
    page.wait_for_url("**/designs/bea/cube/versions/1.0.0")
    expect(page.get_by_role("heading", level=1)).to_have_text("A cube")
    tab_to(page, "Fork")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fork")
    tab_to(page, "Name")
    page.keyboard.press("Control+a")
    page.keyboard.type("cube-too")
    tab_to(page, "Fork")
    page.keyboard.press("Enter")
    page.wait_for_url("**/designs/bea/cube-too**")


def test_a_script_is_published_with_its_licence(open_page: Open, errors: Errors, tmp_path: Path) -> None:
    script = tmp_path / "knob.py"
    script.write_text(BOX)
    page = open_page(member="bea", script=False)
    page.goto("/publish")
    page.get_by_label("File", exact=True).set_input_files(script)
    page.get_by_label("Name", exact=True).fill("knob")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("licence")
    errors.clear()
    page.get_by_label("File", exact=True).set_input_files(script)
    page.get_by_label("Licence", exact=True).select_option("CERN-OHL-S-2.0")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/designs/bea/knob/versions/1.0.0")
    assert page.locator("[id='p.size']").input_value() == "10"


def test_what_is_no_archive_is_refused_in_words(open_page: Open, errors: Errors, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.zip"
    rubbish.write_bytes(b"\x00\x01\x02" * 100)
    page = open_page(member="bea")
    page.goto("/publish")
    page.get_by_label("File", exact=True).set_input_files(rubbish)
    page.get_by_label("Name", exact=True).fill("rubbish")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("no zip")
    errors.clear()


def test_a_fork_begins_as_its_origin(open_page: Open) -> None:
    page = open_page(member="bea")
    page.goto("/designs/ada/gridfinity-bin")
    page.get_by_role("link", name="Fork").click()
    page.get_by_label("Name", exact=True).fill("my-bin")
    page.get_by_role("button", name="Fork").click()
    page.wait_for_url("**/designs/bea/my-bin")
    expect(page.get_by_role("link", name="ada/gridfinity-bin@1.1.0")).to_be_visible()
    page.get_by_role("link", name="Lineage").click()
    expect(page.locator(".lineage-list li", has_text="bea/my-bin")).to_contain_text("forks ada/gridfinity-bin@1.1.0")
    assert page.locator(".lineage svg path.forks").count() >= 1
    assert page.get_by_role("img", name="newest first").count() == 1


def test_a_token_is_shown_once_and_revoked(open_page: Open, site: Site) -> None:
    page = open_page(member="bea")
    page.goto("/settings/tokens")
    page.get_by_label("Label").fill("laptop")
    page.get_by_role("button", name="Make a token").click()
    assert page.locator(".secret").inner_text().startswith("cofab_")
    page.goto("/settings/tokens")
    assert page.locator(".secret").count() == 0
    page.get_by_role("button", name="Revoke laptop").click()
    expect(page.get_by_text("No tokens yet")).to_be_visible()


def test_a_facility_is_made_and_an_agent_let_in(open_page: Open) -> None:
    page = open_page(member="ada")
    page.goto("/facilities/new")
    page.get_by_label("Name", exact=True).fill("Shed")
    page.get_by_label("Short name").fill("shed")
    page.get_by_role("button", name="Add the facility").click()
    page.wait_for_url("**/facilities/shed")
    page.get_by_role("button", name="Make an enrolment code").click()
    expect(page.locator(".enrolment code")).to_contain_text("fabnode enroll http://127.0.0.1")
    page.goto("/facilities/shed")
    assert page.locator(".enrolment code").count() == 0


def test_a_facility_is_changed_by_those_who_run_it(open_page: Open, site: Site, errors: Errors) -> None:
    with site.client("ada") as ada:
        place = {"name": "Hill shed", "slug": "hill", "latitude": 53.8, "longitude": -1.5}
        ada.post("/facilities", json=place).raise_for_status()
    page = open_page(member="ada")
    page.goto("/facilities/hill")
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_label("Latitude")).to_have_value("53.8")
    page.get_by_label("Latitude").fill("")
    page.get_by_role("button", name="Keep the changes").click()
    expect(page.get_by_role("alert")).to_contain_text("Latitude and longitude go together")
    page.get_by_label("Longitude").fill("")
    page.get_by_label("Opening hours").fill("Tuesdays")
    page.get_by_label("Who may order here").select_option("restricted")
    page.get_by_label("It belongs to those who work in it").check()
    page.get_by_role("button", name="Keep the changes").click()
    page.wait_for_url("**/facilities/hill")
    about = page.get_by_role("complementary")
    for words in ("Tuesdays", "Only those who run it may order", "those who work in it"):
        expect(about.get_by_text(words)).to_be_visible()
    expect(about.get_by_text("on the map")).to_be_hidden()
    errors.clear()
    stranger = open_page(member="bea")
    answer = stranger.goto("/facilities/hill/edit")
    assert answer is not None
    assert answer.status == 403
    errors.clear()


def test_a_facility_that_is_wrong_is_shown_again(open_page: Open, errors: Errors) -> None:
    page = open_page(member="ada")
    page.goto("/facilities/new")
    page.get_by_label("Name", exact=True).fill("Far out")
    page.get_by_label("Short name").fill("far-out")
    page.get_by_label("Latitude").fill("123")
    page.get_by_role("button", name="Add the facility").click()
    expect(page.get_by_role("alert")).to_contain_text("Latitude")
    assert page.get_by_label("Name", exact=True).input_value() == "Far out"
    errors.clear()
