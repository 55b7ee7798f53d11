"""Every limit of the host, with its name. A refusal says which."""

from typing import Final

__all__ = (
    "BANNERS_MAX",
    "CAUSES_KEPT",
    "CONTROL_BYTES_MAX",
    "DEFAULTS_VALUE_BYTES_MAX",
    "DOMAIN_CHANGES_KEPT",
    "EVENTS_KEPT",
    "EVENT_FILE_BYTES_MAX",
    "EVENT_TEXT_MAX",
    "FIELD_TEXT_MAX",
    "FRAMES_PER_TURN",
    "GUESTS_MAX",
    "LAUNCH_HELLO_S",
    "OUTPUT_BYTES_MAX",
    "OUTPUT_LINE_BYTES_MAX",
    "OUTPUT_PER_TURN_BYTES",
    "QUEUED_FRAMES_MAX",
    "REGISTRATIONS_MAX",
    "SHARE_ITEMS_MAX",
    "TERMINATE_GRACE_S",
    "VIEW_LINES_MAX",
)

FRAMES_PER_TURN: Final = 64  # frames read from one guest before another has its turn
QUEUED_FRAMES_MAX: Final = 1024  # frames that wait for a guest that does not read
CAUSES_KEPT: Final = 4096  # sent frames and events whose log id is remembered, per guest
REGISTRATIONS_MAX: Final = 100_000  # notification registrations of one guest
GUESTS_MAX: Final = 256  # processes of one device
EVENTS_KEPT: Final = 100_000  # events in memory; the file has more
EVENT_FILE_BYTES_MAX: Final = 64 << 20  # then the file is set aside once
OUTPUT_BYTES_MAX: Final = 1 << 20  # logged output of one guest; the rest is read and dropped
OUTPUT_LINE_BYTES_MAX: Final = 4096
OUTPUT_PER_TURN_BYTES: Final = 256 << 10
LAUNCH_HELLO_S: Final = 10.0  # from spawn request to the sealed process's HELLO
TERMINATE_GRACE_S: Final = 5.0  # between TERM and SIGKILL
DOMAIN_CHANGES_KEPT: Final = 4096  # changes of a preference domain that can be fetched one by one
DEFAULTS_VALUE_BYTES_MAX: Final = 4 << 20  # iOS logs from 4,194,304 bytes and drops the write
SHARE_ITEMS_MAX: Final = 100
CONTROL_BYTES_MAX: Final = 256 << 20  # one message of a control socket
VIEW_LINES_MAX: Final = 200
BANNERS_MAX: Final = 20
EVENT_TEXT_MAX: Final = 4096  # characters of one text in an event
FIELD_TEXT_MAX: Final = 10_000  # characters in a text field
