"""cfprefsd: preference domains.

On a phone:
    Owns the plists. A process keeps a copy of each domain it uses; a set changes the copy at once
    and sends one message; a word of shared memory tells when a copy is stale.
Here:
    The same. A group id the process is entitled to is the group's domain, in the group's
    container; any other suite is private to the process's container, and the log says so for a
    group id, or the suite is refused where the device is strict. Per key the last writer wins,
    different keys never clobber each other, and setting an equal value does nothing. A set is
    journalled when it is heard and folded into the real binary plist soon after. Observers of a
    domain are sent what others change in it. News can be held for a time that a person chooses.
    Before the first unlock every domain is empty and takes nothing. A keyboard without Full Access
    reads its groups and does not write them. What is refused the guest's copy loses again. A plist
    that somebody else has written is taken in; a broken one is kept aside. A program of the system
    reads and writes every domain, each where its owner has it. Somebody outside can follow one.
Not here:
    Domains of other users and hosts, iCloud's.
Messages:
    SET; ``cfprefsd.open``, ``.fetch``, ``.heard``, ``.nonsense``, ``.observe``, ``.refusal``,
    ``.set_part``, ``.synchronize`` from guests; ``.app``, ``.contents``, ``.domains``, ``.places``
    from programs of the system. CHANGED to guests.
Sources:
    Apple, ``UserDefaults``; NSUserDefaults.h; the design's measurements.
"""
