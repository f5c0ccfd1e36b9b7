"""Passkeys (Web Authentication, W3C Level 3): what is asked of an authenticator, and whether its answer is good.

A passkey belongs to a name, not to an address: browsers make none for `http://127.0.0.1`. A registry that is reached
there is reached as `http://localhost` as well, where they work.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from registry.errors import Invalid

Options = Mapping[str, Any]
"""What `navigator.credentials` is given, as JSON."""


@dataclass(frozen=True)
class Party:
    """For whom a passkey is: a name, and the origin of the page that asks."""

    name: str
    origin: str


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that an authenticator has just made."""

    id: str
    public_key: bytes
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]


def party_of(public_url: str, host: str) -> Party:
    """Who asks, on a page that was reached by this `Host` header. Raises Invalid where no passkey can be made."""
    own = urlsplit(public_url)
    called = urlsplit(f"{own.scheme}://{host}") if host else own
    name = called.hostname or ""
    if name == "localhost" or (called.netloc == own.netloc and not _is_address(name)):
        return Party(name, f"{own.scheme}://{called.netloc}")
    if _is_loopback(own.hostname or "") or _is_loopback(name):
        there = f"http://localhost:{own.port or 80}"
        raise Invalid(
            f"a passkey needs a name, not the address {name}: open {there}", code="passkeys_need_a_name", use=there
        )
    raise Invalid(
        f"a passkey is made at the registry's own address: open {public_url}",
        code="passkeys_need_a_name",
        use=public_url,
    )


def registration_options(
    party: Party, challenge: bytes, *, member: str, name: str, display_name: str, known: Sequence[str]
) -> Options:
    """What a browser needs to make a passkey that can sign in by itself; `known` are those that the member has."""
    options = generate_registration_options(
        rp_id=party.name,
        rp_name="Cofab",
        user_id=member.encode(),
        user_name=name,
        user_display_name=display_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
    )
    return cast(Options, json.loads(options_to_json(options)))


def verify_registration(party: Party, challenge: bytes, credential: Mapping[str, Any]) -> NewPasskey:
    """The passkey that an authenticator made for this challenge. Raises Invalid."""
    try:
        found = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.name,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _not_good(error) from error
    response = credential.get("response")
    told = response.get("transports") if isinstance(response, Mapping) else None
    transports = tuple(str(one)[:20] for one in told[:8]) if isinstance(told, list) else ()
    return NewPasskey(
        bytes_to_base64url(found.credential_id),
        found.credential_public_key,
        found.sign_count,
        found.credential_backed_up,
        transports,
    )


def sign_in_options(party: Party, challenge: bytes) -> Options:
    """What a browser needs to sign in with any passkey that it has for this registry."""
    options = generate_authentication_options(
        rp_id=party.name, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return cast(Options, json.loads(options_to_json(options)))


def verify_sign_in(
    party: Party, challenge: bytes, credential: Mapping[str, Any], public_key: bytes, sign_count: int
) -> int:
    """The new count of signatures, when the owner of this key signed this challenge. Raises Invalid."""
    try:
        found = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.name,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _not_good(error) from error
    return found.new_sign_count


def _not_good(error: Exception) -> Invalid:
    return Invalid(f"the authenticator's answer is not good ({str(error)[:200]}): begin again", code="bad_passkey")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_address(name) and ipaddress.ip_address(name).is_loopback)
