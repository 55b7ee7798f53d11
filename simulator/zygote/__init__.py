"""The zygote: one single-threaded process per device that has the SDK imported and forks guests.

``main.py`` is started by file, with ``-s -S -P`` and an environment of exactly ``PYTHONHASHSEED``
(``-I`` would ignore it, measured); nobody imports it. A guest is its child, not the host's, so it
is the zygote that reaps: it reports every stop, continuation and exit.

May be used by nobody. May use ``sdk``, ``sandbox``, ``wires``, ``xpc``.
"""
