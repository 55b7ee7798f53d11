"""The pytest plugin: scenarios in milliseconds, with real processes.

    plugin     hooks and fixtures: ``device``, ``make_device``, ``device_set``
    device     Device: what a test holds
    app        App: one launched process
    sheet      Sheet: a share sheet, what it offers, what is chosen
    group      Group: an App Group's folder and defaults
    preferring how preferences behave, and which keyboards have Full Access
    program    a built-in program that a test runs
    bundles    bundles made from classes or source text of a test module
    source     what of a test module such a class needs
    record     the event log as a test sees it
    waiting    waiting for a condition on the log's growth
    story      the text of a failure

May be used by tests. May use ``control``, and ``device.settings``; pytest is imported by the
plugin alone.
"""
