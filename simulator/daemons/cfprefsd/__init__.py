"""cfprefsd: preference domains.

On a phone:
    Owns the plists. A process keeps a copy of each domain it uses; a set changes the copy at once
    and sends one message; a word of shared memory tells when a copy is stale.
Here:
    The same. A group id the process is entitled to is the group's domain, in the group's
    container; any other suite is private to the process's container, and the log says so for a
    group id. Per key the last writer wins, different keys never clobber each other. A set is
    journalled when it is heard and folded into the real binary plist soon after.
Not here:
    Key-value observing across processes, global and managed domains, dialled staleness, files
    replaced from outside: with the part on defaults.
Messages:
    SET; ``cfprefsd.open``, ``.fetch``, ``.set_part``, ``.synchronize`` from guests.
Sources:
    Apple, ``UserDefaults``; NSUserDefaults.h; the design's measurements.
"""
