"""notifyd: Darwin notifications.

On a phone:
    A name is a signal without content. Whoever registered for it hears each post; one word per
    name in shared memory lets a process check without a call. Nothing is kept for later.
Here:
    Post, dispatch and check registrations, cancel. The word is raised before anything is
    delivered. A guest whose wire is full gets what it missed once per token when it has caught up.
    Subscribers are served newest registration first, as libnotify does.
Not here:
    State, suspension, the other registration kinds, controlled names: with the part on notify.
Messages:
    POST, REGISTER, CANCEL from guests; events on their wires.
Sources:
    notify(3); Libnotify, ``notifyd``.
"""
