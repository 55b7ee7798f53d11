"""One folder per iOS daemon, strangers to each other, all the same shape.

``__init__.py`` is the manual page (On a phone / Here / Not here / Messages / Sources), ``state.py``
is pure (no clock, no socket, no await; it returns what is to be done), ``service.py`` is the thin
shell around it whose handlers check access on their first line.

May be used by ``device``. May use ``daemonkit``, ``bundles``, ``sandbox``, ``wires``, ``xpc`` and
``shared_container``; never each other.
"""
