"""Names and identifiers."""

import importlib
import pkgutil
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import registry.web
from registry.errors import Invalid
from registry.ids import (
    NAME_PATTERN,
    RESERVED_NAMES,
    new_id,
    parse_design_name,
    parse_name,
    parse_new_namespace,
    parse_version,
    parse_version_name,
)


@given(st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,62}", fullmatch=True))
def test_names_have_one_spelling(text: str):
    name = parse_name(text)
    assert name == parse_name(text.upper()) == parse_name(name) == text.lower()


@given(st.text(max_size=70))
def test_whatever_is_taken_is_a_plain_name(text: str):
    try:
        name = parse_name(text)
    except Invalid:
        return
    assert name.isascii()
    assert 1 <= len(name) <= 63
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")


@pytest.mark.parametrize("name", ["admin", "API", "Static", "orders", "sign-in"])
def test_reserved_names_are_nobodys(name: str):
    with pytest.raises(Invalid) as caught:
        parse_new_namespace(name)
    assert caught.value.reason == "reserved_name"


def test_every_word_that_begins_the_address_of_a_page_is_reserved():
    modules = [found.name for found in pkgutil.iter_modules(registry.web.__path__) if found.name.startswith("routes_")]
    routers = [vars(importlib.import_module(f"registry.web.{name}"))["router"] for name in modules]
    words = {route.path.split("/")[1] for router in routers for route in router.routes}
    pages = {word for word in words if re.fullmatch(NAME_PATTERN, word)}
    assert pages
    assert pages - RESERVED_NAMES == set()


@pytest.mark.parametrize("text", ["ada", "ada/", "/box", "ada/box/lid", "", "a b/c"])
def test_what_names_no_design(text: str):
    with pytest.raises(Invalid):
        parse_design_name(text)


def test_version_names_are_read_and_written():
    assert str(parse_version_name("Ada/Box@1.2.0-rc.1")) == "ada/box@1.2.0-rc.1"
    for text in ("ada/box", "ada/box@", "ada/box@latest", "ada/box@1.0.0@2", "ada/box@1.0"):
        with pytest.raises(Invalid):
            parse_version_name(text)


@given(st.text(alphabet="0123456789.+-abcRC", max_size=24))
def test_versions_come_back_as_they_were_written(text: str):
    try:
        version = parse_version(text)
    except Invalid:
        return
    assert str(version) == text
    assert "+" not in text


def test_identifiers_are_random_and_readable():
    found = {new_id("ord") for _ in range(1000)}
    assert len(found) == 1000
    assert all(len(one) == 20 and one.startswith("ord_") and not set(one[4:]) & set("ilou") for one in found)
