"""installd: installs, upgrades and removes apps.

On a phone:
    Verifies an app, moves it into a bundle container, asks for its data and group containers, and
    registers it and its extensions. An upgrade keeps the data.
Here:
    An app is assembled in a staging folder, off the event loop, and what was copied is what is
    validated. Only then are containers made and the index committed; a kill before that leaves
    nothing, after it everything.
Not here:
    Code signatures, provisioning profiles, on-demand resources, downgrades.
Messages:
    None from guests; ``install`` and ``uninstall`` from the control socket.
Sources:
    Apple, Bundle Programming Guide; CoreSimulator's behaviour.
"""
