"""Webhooks: signatures as Standard Webhooks has them, retries, and where nothing is sent."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.hooks import (
    LONGEST_RETRY_AFTER_SECONDS,
    MOST_DEAD,
    MOST_TRIES,
    Answer,
    DeliveryState,
    address_problem,
    is_public,
    judge,
    secret_text,
    signature,
    signed_headers,
)

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def test_a_signature_is_that_of_standard_webhooks():
    """The published example of the specification's reference libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.binary(min_size=24, max_size=64), st.binary(max_size=200))
def test_both_secrets_verify_while_they_overlap(new: bytes, old: bytes, body: bytes):
    headers = signed_headers("msg_1", 1700000000, body, [secret_text(new), secret_text(old)])
    found = [part.removeprefix("v1,") for part in headers["webhook-signature"].split(" ")]
    for key, given_signature in zip((new, old), found, strict=True):
        expected = hmac.new(key, b"msg_1.1700000000." + body, hashlib.sha256).digest()
        assert base64.b64decode(given_signature) == expected


@given(st.integers(1, MOST_TRIES), st.floats(0, 1), st.integers(0, 599), st.integers(0, 10**6))
def test_a_failed_try_is_repeated_later_and_not_for_ever(tries: int, spread: float, status: int, wished: int):
    answer = Answer(status or None, "no", wished)
    verdict = judge(answer, tries, 0, NOW, spread)
    if answer.good:
        assert verdict.state is DeliveryState.DELIVERED
    elif status == 410 or tries == MOST_TRIES:
        assert verdict.state is DeliveryState.DEAD
    else:
        assert verdict.next_at is not None
        pause = (verdict.next_at - NOW).total_seconds()
        assert pause >= 5
        assert pause >= min(wished, LONGEST_RETRY_AFTER_SECONDS)


def test_pauses_grow():
    pauses = []
    for tries in range(1, MOST_TRIES):
        verdict = judge(Answer(None, "no"), tries, 0, NOW, 0)
        assert verdict.next_at is not None
        pauses.append(verdict.next_at - NOW)
    assert pauses == sorted(pauses)
    assert timedelta(hours=12) < sum(pauses, timedelta()) < timedelta(hours=24)


def test_a_hook_that_only_fails_is_paused():
    verdicts = [judge(Answer(500, "no"), MOST_TRIES, dead, NOW, 0).pauses_hook for dead in range(MOST_DEAD)]
    assert verdicts == [False] * (MOST_DEAD - 1) + [True]
    assert judge(Answer(410, "gone"), 1, 0, NOW, 0).pauses_hook


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "2001:db8::1", "192.0.2.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_addresses_that_are_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "anywhere", "good"),
    [
        ("https://example.org/hook?a=b", False, True),
        ("http://example.org/hook", False, False),
        ("http://example.org/hook", True, True),
        ("https://127.0.0.1/hook", False, False),
        ("https://[::1]:8000/", False, False),
        ("http://127.0.0.1:8000/", True, True),
        ("ftp://example.org/", True, False),
        ("https:///x", True, False),
        ("https://user:secret@example.org/", True, False),
        ("https://example.org:99999/", True, False),
        ("https://example.org/a b", True, False),
        ("https://example.org/\r\nX: y", True, False),
        ("https://" + "a" * 600, True, False),
        ("not an address", True, False),
        ("http://[", True, False),
    ],
)
def test_where_a_hook_may_lead(url: str, anywhere: bool, good: bool):
    assert (address_problem(url, anywhere=anywhere) is None) is good
