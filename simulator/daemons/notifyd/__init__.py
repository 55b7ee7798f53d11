"""notifyd: Darwin notifications.

On a phone:
    A name is a signal without content. Whoever registered for it hears each post; one word per
    name in shared memory lets a process check without a call. Nothing is kept for later.
Here:
    Posts, registrations, state, check words, suspended processes, names that need a right
    (``access.py``). The word is raised before anything is delivered. Each process has one
    registration for a name; its library tells its tokens (``sdk/_notify_center.py``). What a
    suspended process, or one whose wire is full, has missed it gets once per name afterwards.
    Processes are told newest registration first. A restart forgets everything but the words.
Not here:
    Watching files (``notify_monitor_file``), launching jobs on a notification, ``notify.conf``.
Messages:
    POST, REGISTER, CANCEL, CHECK, GET_STATE, SET_STATE, DRAINED from guests; RESTARTED to them;
    events on their wires.
Sources:
    notify(3), notifyd(8); Libnotify, ``notifyd``; RunningBoard for suspended processes.
"""
