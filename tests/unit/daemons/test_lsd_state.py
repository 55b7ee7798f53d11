"""What is a URL, and whose."""

import pytest

from simulator.daemons.lsd.state import URL_BYTES_MAX, Database, nobody, scheme_of
from simulator.xpc.errors import Misuse


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("notes:new?text=hi", "notes"), ("NOTES:", "notes"), ("a+b-c.1://x", "a+b-c.1")],
)
def test_a_scheme_is_read_without_regard_to_case(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin with a scheme"),
        ("notes", "does not begin with a scheme"),
        ("1notes:x", "does not begin with a scheme"),
        ("notes:a b", "a blank or a control character"),
        ("notes:\0", "a blank or a control character"),
        ("notes:" + "x" * URL_BYTES_MAX, "URL_BYTES_MAX"),
    ],
)
def test_what_is_no_url_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(Misuse, match=why):
        scheme_of(url)


def test_what_nobody_opens_is_apples_error() -> None:
    assert Database().claimants("nobody") == []
    assert nobody("why").code == -10814
