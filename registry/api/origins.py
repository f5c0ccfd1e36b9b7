"""Whether a change that a browser sends with its cookie comes from our own pages."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_own_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Judge by `Sec-Fetch-Site`, which pages cannot forge; older browsers send `Origin`; neither is no browser of ours.

    The origin must be the public address, or the host by which the registry was called.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:  # no address at all, such as `http://[`
        return False
    own = urlsplit(public_url)
    return (parts.scheme, parts.netloc) == (own.scheme, own.netloc) or parts.netloc == headers.get("host")
