"""A simulator, on Linux, of how an iOS app and its extensions live together.

Where to start reading: ``device/host.py`` (one booted device), ``daemons/launchd`` (how a process
comes to be), ``sdk/uikit.py`` (what the author of an app sees). Rooms, low to high; each may use
those before it, and ``import-linter`` keeps it so:

    xpc          frames, values and errors that both sides of a socket understand
    wires        how an event travels from the host to a guest
    sandbox      entitlements to profile to operations, applied by the kernel
    sdk          what a guest imports, modules named after Apple's frameworks
    daemonkit    what daemons are made of: clock, log, connection, door, page
    predicates   NSPredicate's language, in which activation rules are written
    bundles      Info.plist, entitlements and the folder they lie in, validated
    zygote       forks guests; started by file, imported by nobody
    programs     built-in programs of a device, such as ``notifyutil``: guests without a bundle
    daemons      one folder per iOS daemon, strangers to each other, all the same shape
    device       the device set on disk and ``launchd_sim``, the process of one booted device
    control      the client of the control sockets
    service      ``CoreSimulatorService``: holds the devices, forks their processes
    simctl       the command line
    testing      the pytest plugin

A *guest* is any process of an app, an extension or a built-in program; the *host* is
``launchd_sim``.
"""
