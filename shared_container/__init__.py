"""The App Group container and its preference domains: layout, values, the journaled store.

    layout       which folders a container has, and where a domain's file lies
    codec        the binary form of property-list values (journal and wire)
    values       what a preference may hold, and how it is coerced when read
    store        one domain on disk: a real binary plist and a journal beside it
    replaced     a plist that somebody else has written
    openstep     property lists in the old ASCII form
    atomic       files replaced by write, fsync, rename

Standard library only, cheap to import, and it knows nothing of ``simulator``: the host uses it to
own the files, a guest to read them.
"""
