"""Fetching an association file, and saying why it failed. Blocks on a file: not for the loop.

Sources: Apple, Supporting associated domains (HTTPS, a valid certificate, no redirects); TN3155.
"""

from simulator.daemons.swcd.association import AssociationError, parse_association
from simulator.daemons.swcd.domains import Site
from simulator.daemons.swcd.internet import Internet, Page
from simulator.daemons.swcd.state import Fetched

__all__ = ("fetch", "read_page")


def fetch(internet: Internet, site: Site) -> Fetched:
    """Return what a site says of its apps."""
    return read_page(internet.get(site.host), site)


def read_page(page: Page | None, site: Site) -> Fetched:
    """Return what a page says, or why it does not count; None where nobody answers."""
    if page is None:
        return Fetched(
            0,
            0,
            None,
            f"no such host: this device's internet has no {site.host} "
            f"(simctl domain add {site.host} <file>)",
        )

    problem = _refusal(page, site)

    if problem:
        return Fetched(page.status, len(page.body), None, problem)

    try:
        association = parse_association(page.body)
    except AssociationError as failure:
        return Fetched(page.status, len(page.body), None, str(failure))

    if "json" not in page.content_type:
        note = f"its content type is {page.content_type:.100}; application/json is expected"
        association = association._replace(notes=(note, *association.notes))

    return Fetched(page.status, len(page.body), association, "")


def _refusal(page: Page, site: Site) -> str:
    if not page.trusted and not site.direct:
        return f"the certificate of {site.host} is not trusted; only ?mode=developer accepts it"

    if page.redirect or 300 <= page.status < 400:
        where = page.redirect or "elsewhere"
        return f"it redirects to {where:.200} (status {page.status}); redirects are not followed"

    if page.status != 200:
        return f"the server answers with status {page.status}; 200 is expected"

    return ""
