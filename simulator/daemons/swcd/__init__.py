"""swcd: which app a web page belongs to.

On a phone:
    The shared web credentials daemon. Reads the associated domains of each app that is installed,
    fetches what their sites say of it, through Apple's CDN, and answers whose a link is.
Here:
    The sites are an internet of the device's own: files, with faults if wanted; nothing is ever
    asked of a network. Files are fetched at an installation, at boot, and when a site changes;
    each fetch is an event, with a sentence that says why it failed. Patterns are matched in time
    that is bounded by the lengths of pattern and link.
Not here:
    Passwords, Handoff and app clips, whose services are kept and listed; the CDN's delays; a
    remembered choice per domain.
Messages:
    None from guests: lsd asks. ``domain_…`` and ``swcutil_…`` from the control socket.
Sources:
    Apple, Supporting associated domains; TN3155; App Search Programming Guide; swcutil.
"""
