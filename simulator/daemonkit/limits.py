"""Every limit of the host, with its name. A refusal says which."""

from typing import Final

__all__ = (
    "ASKS_UNANSWERED_MAX",
    "ASSOCIATED_DOMAINS_MAX",
    "ASSOCIATION_BYTES_MAX",
    "ASSOCIATION_NOTES_MAX",
    "ASSOCIATION_STATES_MAX",
    "BANNERS_MAX",
    "BYTES_PER_TURN",
    "CALL_ITEMS_MAX",
    "CAUSES_KEPT",
    "CHANGES_SEEN_MAX",
    "CHANGES_TOLD_MAX",
    "CHANGES_UNHEARD_MAX",
    "COMPARED_BYTES_MAX",
    "CONSOLE_BYTES_MAX",
    "CONTROL_BYTES_MAX",
    "COORDINATED_DEPTH_MAX",
    "COORDINATED_ITEMS_MAX",
    "DEFAULTS_VALUE_BYTES_MAX",
    "DEFAULTS_VALUE_ITEMS_MAX",
    "DELIVERIES_PER_TURN",
    "DENIALS_PER_TURN",
    "DENIALS_TOLD_MAX",
    "DENIED_RESOURCES_MAX",
    "DENIED_RESOURCE_MAX",
    "DOMAINS_PER_GUEST_MAX",
    "DOMAIN_CHANGES_BYTES",
    "DOMAIN_CHANGES_KEPT",
    "ENDED_PROCESSES_KEPT",
    "EVENTS_KEPT",
    "EVENTS_PER_TURN",
    "EVENTS_UNWRITTEN_MAX",
    "EVENT_FILE_BYTES_MAX",
    "EVENT_TEXT_MAX",
    "FIELD_TEXT_MAX",
    "FILES_OPENED_KEPT",
    "FILES_PER_ANSWER_MAX",
    "FILES_SKIPPED_MAX",
    "FILES_TOUCHED_KEPT",
    "FILE_PIECE_BYTES",
    "FILE_WAIT_S",
    "FLOOD_TURNS_MAX",
    "FOLDERS_WATCHED_MAX",
    "FOLLOWED_CHANGES_MAX",
    "FOLLOWED_VALUE_BYTES_MAX",
    "FRAMES_PER_TURN",
    "GUESTS_MAX",
    "INBOX_FILE_BYTES_MAX",
    "INPUT_BYTES_MAX",
    "INTENTS_MAX",
    "LARGE_ANSWERS_UNREAD_MAX",
    "LAUNCH_HELLO_S",
    "LINK_STEPS_MAX",
    "LOCKS_HELD_MAX",
    "LOCKS_READ_MAX",
    "LOCKS_TOLD_MAX",
    "NAMES_CHECKED_MAX",
    "NEWS_HELD_MAX",
    "NEWS_PER_BATCH_MAX",
    "NEWS_WAITING_MAX",
    "ORDER_CHANNELS_KEPT",
    "ORDER_EVENTS_KEPT",
    "OUTPUT_BYTES_MAX",
    "OUTPUT_LINES_AT_END_MAX",
    "OUTPUT_LINES_PER_TURN",
    "OUTPUT_LINE_BYTES_MAX",
    "OUTPUT_LINE_COST_BYTES",
    "OUTPUT_PER_TURN_BYTES",
    "PREDICATE_CHARACTERS_MAX",
    "PREDICATE_LEVELS_MAX",
    "PREDICATE_STEPS_MAX",
    "PRESENTED_TREES_MAX",
    "PRESENTERS_MAX",
    "PROTECTION_DEPTH_MAX",
    "PROTECTION_ITEMS_MAX",
    "QUEUED_FRAMES_MAX",
    "RACES_KEPT",
    "RACE_SUSPECTS_MAX",
    "REGISTRATIONS_MAX",
    "REPLACED_FILES_SEEN_MAX",
    "REPORTS_PER_TURN",
    "SHARE_ITEMS_MAX",
    "SHARE_TYPES_MAX",
    "SITES_MAX",
    "SITE_BODY_BYTES_MAX",
    "SOURCES_KEPT",
    "TERMINATE_GRACE_S",
    "TOUCHED_PATH_MAX",
    "TOUCHES_PER_S_MAX",
    "TREE_DEPTH_MAX",
    "TYPES_DECLARED_MAX",
    "TYPE_CHARACTERS_MAX",
    "UPDATES_BEGUN_KEPT",
    "URLS_WAITING_MAX",
    "VIEW_LINES_MAX",
    "WATCHED_EVENTS_MAX",
)

FRAMES_PER_TURN: Final = 64  # frames read from one guest before another has its turn
FLOOD_TURNS_MAX: Final = 200  # turns in a row in which a guest's frames do not end
BYTES_PER_TURN: Final = 64 << 10  # bytes read from one guest before another has its turn
CALL_ITEMS_MAX: Final = 16_384  # values in one call; a frame of strings or numbers holds fewer
QUEUED_FRAMES_MAX: Final = 1024  # frames that wait for a guest that does not read
LARGE_ANSWERS_UNREAD_MAX: Final = 4  # answers too large for a frame; who asks waits for each
CAUSES_KEPT: Final = 4096  # sent frames and events whose log id is remembered, per guest
REGISTRATIONS_MAX: Final = 20_000  # notification names that one guest is registered for
NAMES_CHECKED_MAX: Final = 256  # words of the page that one guest gets; more names share them
DELIVERIES_PER_TURN: Final = 256  # events that one guest's posts make before others have a turn
URLS_WAITING_MAX: Final = 64  # URLs for an app that starts or does not read
GUESTS_MAX: Final = 256  # processes of one device
EVENTS_KEPT: Final = 100_000  # events in memory; the file has more
EVENTS_PER_TURN: Final = 128  # events written to the file before others have their turn
EVENTS_UNWRITTEN_MAX: Final = 8192  # events that wait to be written; beyond, who adds one writes
EVENT_FILE_BYTES_MAX: Final = 64 << 20  # then the file is set aside once
OUTPUT_BYTES_MAX: Final = 1 << 20  # logged output of one guest; the rest is read and dropped
OUTPUT_LINE_BYTES_MAX: Final = 4096
OUTPUT_LINE_COST_BYTES: Final = 16  # the least that a line counts toward OUTPUT_BYTES_MAX
OUTPUT_LINES_PER_TURN: Final = 2000
OUTPUT_LINES_AT_END_MAX: Final = 8000  # lines that are still logged when a guest is gone
OUTPUT_PER_TURN_BYTES: Final = 256 << 10
LAUNCH_HELLO_S: Final = 10.0  # from spawn request to the sealed process's HELLO
TERMINATE_GRACE_S: Final = 5.0  # between TERM and SIGKILL
DOMAIN_CHANGES_KEPT: Final = 4096  # changes of a preference domain that can be fetched one by one
DOMAIN_CHANGES_BYTES: Final = 4 << 20  # of these changes
DOMAINS_PER_GUEST_MAX: Final = 200  # preference domains that one guest may open
CHANGES_UNHEARD_MAX: Final = 64  # changes of preferences that are pushed to who does not hear them
WATCHED_EVENTS_MAX: Final = 600  # plists written at once in a folder of preferences
NEWS_HELD_MAX: Final = 10_000  # changes of preferences that staleness holds
DEFAULTS_VALUE_ITEMS_MAX: Final = 100_000  # values in one preference value
DEFAULTS_VALUE_BYTES_MAX: Final = 4 << 20  # iOS logs from 4,194,304 bytes and drops the write
FOLLOWED_CHANGES_MAX: Final = 1000  # changes that wait for who follows a preference domain
FOLLOWED_VALUE_BYTES_MAX: Final = 16 << 10  # of a value that they carry
SHARE_ITEMS_MAX: Final = 100
SHARE_TYPES_MAX: Final = 64  # types of one item
TYPES_DECLARED_MAX: Final = 1000  # uniform types that one bundle declares; so for each one's lists
TYPE_CHARACTERS_MAX: Final = 256  # of the name of a uniform type
PREDICATE_CHARACTERS_MAX: Final = 32 << 10  # of an activation rule that is a predicate
PREDICATE_LEVELS_MAX: Final = 100  # brackets, NOT, SUBQUERY … within each other
PREDICATE_STEPS_MAX: Final = 100_000  # comparisons of one evaluation
CONSOLE_BYTES_MAX: Final = 256 << 10  # printed by a program that nobody has taken: it waits
INPUT_BYTES_MAX: Final = 32 << 10  # of standard input that a program gets at once
CONTROL_BYTES_MAX: Final = 256 << 20  # one message of a control socket
VIEW_LINES_MAX: Final = 200
BANNERS_MAX: Final = 20
EVENT_TEXT_MAX: Final = 4096  # characters of one text in an event
FIELD_TEXT_MAX: Final = 10_000  # characters in a text field
DENIALS_PER_TURN: Final = 32  # denied system calls of one guest that are answered in a turn
DENIALS_TOLD_MAX: Final = 10  # denials of one operation on one resource that are told one by one
DENIED_RESOURCES_MAX: Final = 256  # pairs of operation and resource that are told of one guest
DENIED_RESOURCE_MAX: Final = 1024  # characters of a resource in a denial
ASSOCIATION_BYTES_MAX: Final = 128 << 10  # an association file; Apple's, since iOS 9.3.1
ASSOCIATION_NOTES_MAX: Final = 20  # sentences about what is wrong with one of them
ASSOCIATION_STATES_MAX: Final = 256 << 10  # characters of all its patterns, variables put in
LINK_STEPS_MAX: Final = 1 << 20  # steps in which patterns are compared with one link
ASSOCIATED_DOMAINS_MAX: Final = 100  # of one app that count; Apple advises 20 to 30
SITES_MAX: Final = 1000  # of a device's own internet
SITE_BODY_BYTES_MAX: Final = 1 << 20  # of what one of them serves; an app's phone takes less
INBOX_FILE_BYTES_MAX: Final = 256 << 20  # of a file that is copied into an app's Documents/Inbox
PROTECTION_ITEMS_MAX: Final = 256  # items of a container that are granted before the first unlock
PROTECTION_DEPTH_MAX: Final = 64  # folders in each other whose classes of data protection count
FILES_PER_ANSWER_MAX: Final = 5000  # items of a folder in one answer of the control socket
FILE_PIECE_BYTES: Final = 1 << 20  # of a file in one answer of the control socket
FILES_SKIPPED_MAX: Final = 100  # items that a copy leaves out and names; the rest is counted
TREE_DEPTH_MAX: Final = 128  # folders in each other that are copied or compared
FILE_WAIT_S: Final = 60.0  # that one request waits for a file to change
LOCKS_READ_MAX: Final = 1 << 20  # bytes of what the kernel says of the locks of one process
CHANGES_TOLD_MAX: Final = 5000  # differences of a container in one answer of the control socket
COMPARED_BYTES_MAX: Final = 64 << 20  # of a file whose content is compared
TOUCHES_PER_S_MAX: Final = 5000  # accesses of one guest that are compared; the rest is counted
TOUCHED_PATH_MAX: Final = 4096  # characters of a path in a group
FILES_OPENED_KEPT: Final = 1024  # files of one guest that it may have opened only to lock them
SOURCES_KEPT: Final = 256  # source files of one guest whose lines are told
FILES_TOUCHED_KEPT: Final = 4096  # files of which it is remembered who touched them
LOCKS_HELD_MAX: Final = 256  # file locks of one guest that are remembered
RACES_KEPT: Final = 200  # races that are told; of further ones only how many
RACE_SUSPECTS_MAX: Final = 256  # races of processes that have not gone on yet
ORDER_EVENTS_KEPT: Final = 20_000  # events whose order is known; older ones came before everything
ORDER_CHANNELS_KEPT: Final = 4096  # names, domains, locks and files by which processes are ordered
UPDATES_BEGUN_KEPT: Final = 64  # reads of one file that a write in the same handling may go on from
REPLACED_FILES_SEEN_MAX: Final = 64  # replaced files that one guest has read, told from each other
ENDED_PROCESSES_KEPT: Final = 64  # processes that have ended whose accesses are still compared
ASKS_UNANSWERED_MAX: Final = 64  # questions to presenters that one guest has not answered
COORDINATED_DEPTH_MAX: Final = 128  # folders above each other in a coordinated path
COORDINATED_ITEMS_MAX: Final = 10_000  # items of one guest's claims, held or waiting
INTENTS_MAX: Final = 64  # items of one claim
NEWS_PER_BATCH_MAX: Final = 256  # things that presenters of one guest are told at once
NEWS_WAITING_MAX: Final = 10_000  # things that presenters of one guest are not told yet
PRESENTERS_MAX: Final = 2000  # presenters of one guest
# Folders beneath one that is presented; with more, it alone is watched.
FOLDERS_WATCHED_MAX: Final = 2000
# Folders that a device watches for presenters, each with what is beneath.
PRESENTED_TREES_MAX: Final = 64
REPORTS_PER_TURN: Final = 16  # claims that wait long and are written down at once
# Changes without coordination that are looked at, of one watched folder in a moment.
CHANGES_SEEN_MAX: Final = 20_000
LOCKS_TOLD_MAX: Final = 1000  # locks in one answer of the control socket
