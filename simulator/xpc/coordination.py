"""What guests and filecoordinationd mean by the numbers and words of coordination.

The numbers are Apple's (``NSFileCoordinatorReadingOptions``, ``NSFileCoordinatorWritingOptions``).
"""

__all__ = ("Ask", "News", "Reading", "Writing")


class Reading:
    """Bits of the options of a coordinated read."""

    WITHOUT_CHANGES = 1
    RESOLVES_SYMBOLIC_LINK = 2
    IMMEDIATELY_AVAILABLE_METADATA_ONLY = 4
    FOR_UPLOADING = 8
    ALL = 15


class Writing:
    """Options of a coordinated write: at most one of them, 0 is an update."""

    FOR_DELETING = 1
    FOR_MOVING = 2
    FOR_MERGING = 4
    FOR_REPLACING = 8
    CONTENT_INDEPENDENT_METADATA_ONLY = 16
    EACH = (0, 1, 2, 4, 8, 16)


class Ask:
    """What a presenter is asked before somebody else reads or writes: bits of what it can do."""

    RELINQUISH_TO_READER = 1
    RELINQUISH_TO_WRITER = 2
    SAVE = 4
    ACCOMMODATE_DELETION = 8
    ACCOMMODATE_SUBITEM_DELETION = 16


class News:
    """What a presenter is told: bits of what it can do."""

    DID_CHANGE = 32
    DID_MOVE = 64
    SUBITEM_DID_CHANGE = 128
    SUBITEM_DID_APPEAR = 256
    SUBITEM_DID_MOVE = 512
    ALL = 1023
