"""CoreSimulator's part: the device set on disk and the process of one booted device.

    settings     the environment, read in one place
    catalog      device types and runtimes that a device can be created with
    record       device.plist
    device_set   all devices of a set: create, list, erase, delete
    host         launchd_sim: the rooms of one booted device, wired
    verbs        what a control client can ask of a booted device
    control      the control socket
    spawning     a program at the other end of a control connection
    following    a followed preference domain there
    preferring   what a person has set about preferences, kept
    process      what a forked launchd_sim does before and after its host runs

May be used by ``service``. May use ``daemons``, ``daemonkit``, ``bundles`` and what is below.
"""
