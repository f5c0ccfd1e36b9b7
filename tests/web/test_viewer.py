"""The 3D view, by its pixels."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.browsing import Open

SLOW_MS = 45_000
"""The first WebGL picture by the software renderer takes long."""
ADDRESS = "/designs/ada/gridfinity-bin"


def picture(page: Page) -> Image.Image:
    """The stage as it is on screen."""
    data = page.locator("[data-stage]").screenshot(timeout=SLOW_MS)
    return Image.open(io.BytesIO(data)).convert("RGB")


def shown(page: Page, address: str = ADDRESS) -> None:
    page.goto(address)
    expect(page.locator(".viewer")).to_have_attribute("data-state", "shown", timeout=SLOW_MS)


def model_share(page: Page) -> float:
    """Which part of the stage is neither its ground nor its grid: those are greys, the model has colour."""
    pixels = np.asarray(picture(page), dtype=int)
    return float((np.ptp(pixels, axis=2) > 24).mean())


def difference(one: Image.Image, other: Image.Image) -> float:
    """Which part of the pixels differs."""
    apart = np.abs(np.asarray(one, dtype=int) - np.asarray(other, dtype=int))
    return float((apart.max(axis=2) > 12).mean())


def test_the_model_fills_the_stage_and_fits_it(open_page: Open) -> None:
    page = open_page()
    shown(page)
    assert 0.08 < model_share(page) < 0.8
    view = picture(page)
    edges = [view.getpixel((x, y)) for x in range(view.width) for y in (1, view.height - 2)]
    assert all(isinstance(pixel, tuple) and max(pixel) - min(pixel) < 24 for pixel in edges)


def test_the_keyboard_turns_it_and_home_brings_it_back(open_page: Open) -> None:
    page = open_page()
    shown(page)
    page.locator("[data-stage] canvas").focus()
    page.keyboard.press("Home")
    before = picture(page)
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
    turned = picture(page)
    assert difference(before, turned) > 0.02
    page.keyboard.press("Home")
    assert difference(before, picture(page)) < 0.01


def test_views_are_buttons(open_page: Open) -> None:
    page = open_page()
    shown(page)
    corner = picture(page)
    page.get_by_role("button", name="Top", exact=True).click()
    assert difference(corner, picture(page)) > 0.05


def test_it_is_there_in_the_dark_and_on_a_phone(open_page: Open) -> None:
    page = open_page(width=360, dark=True)
    shown(page)
    assert 0.05 < model_share(page) < 0.9
    ground = picture(page).getpixel((3, 3))
    assert isinstance(ground, tuple)
    assert max(ground) < 60


def test_a_model_that_cannot_be_loaded_says_so(open_page: Open, errors: list[str]) -> None:
    page = open_page()
    page.route("**/model.glb", lambda route: route.abort())
    page.goto(ADDRESS)
    expect(page.locator("[data-status]")).to_contain_text("could not be shown", timeout=SLOW_MS)
    assert all("Failed to load resource" in error for error in errors)
    errors.clear()


def test_without_script_there_is_a_picture(open_page: Open) -> None:
    page = open_page(script=False)
    page.goto(ADDRESS)
    poster = page.locator(".viewer-poster")
    expect(poster).to_be_visible()
    assert page.locator("[data-start]").is_hidden()
