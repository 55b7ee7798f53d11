"""The command line, in Apple's argument shapes.

    app        global options, help, errors and exit statuses
    session    one run: its device set, its devices, who is meant by ``booted``
    arguments  the optional device in front, decided by counting
    samples    where a bundle lies that was named by path or by name

    devices, apps                        the commands, one module per noun:
    links, sharing, pushing, touching        what a person does
    notifying                                Darwin notifications, and their ``trace`` (pure)
    widgets, extensions                      what runs beside the apps
    spawning                                 built-in programs of the device, with ``streams``
    defaults                                 preferences, and ``changes`` of them (pure)
    watching, doctor, demo                   what happens
    ending                                   whether an app ended over it
    sandbox                                  what is granted, and what was refused
    scaffold                                 new bundles: ``bundling`` plans, from ``templates``
    stubs                                    real bundles made runnable: ``building`` does what
                                             Xcode does to plists, ``stubbing`` writes the programs
    linting                                  what would fail on a phone or in review

    listing, chart                       shapes of output; pure
    picture, phone                       text made harmless and put in boxes, and the screen; pure

May be used by nobody. May use ``control``, ``device.settings``, ``sandbox.profile`` (for the dry
run), ``bundles`` (late, in stub and lint), ``xpc`` and ``shared_container``; never a daemon, never
asyncio: starting up fast matters.
"""

__all__ = ("main",)


def main() -> None:
    """Run the program ``simctl`` with the process's arguments, and exit with its status."""
    import sys

    try:
        from simulator.simctl.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # so early that nothing has begun
        status = 130

    sys.exit(status)
