"""sanitizerd: two processes that touch the same file, with nothing that puts one before the other.

On a phone:
    There is no such daemon. Xcode's Thread Sanitizer sees the threads of one process; what an app
    and its extension do to a file of their group nobody watches, and nothing locks it for them.
Here:
    While the device is told to, guests say which files of their groups they open, replace or remove
    (the audit hook and the SDK's own file functions, each with the source line). Vector clocks say
    what came before what, as far as anything made it so: launch and end of a process, suspension,
    notifications, preferences, URLs, reloads of a widget, coordination, locks, an atomic replace
    and who reads after it. Two accesses that nothing orders, and of which one changes the file in a
    way that the other can notice, are a race; it is told with both lines and with what cures it.
    Off unless switched on, because it costs.
Not here:
    What goes past the audit hook: C code, mmap, reading and writing through a descriptor that was
    opened long before, hard links, names under a folder's descriptor. SQLite's files are left
    alone. A race that a wrong guess could make up is rather not told.
Messages:
    ``sanitizerd.touched``, ``sanitizerd.locked`` and ``sanitizerd.learned`` from guests; the bit
    ``TOUCHES`` of the page asks for them.
Sources:
    Lamport, Time, clocks, and the ordering of events; the papers on FastTrack and on Thread
    Sanitizer; PEP 578.
"""
