"""Sessions of defaults, byte for byte, and what running apps see of them.

The texts are those of defaults of macOS; the line that says why stands below where it is known.
"""

import plistlib
import re
import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_container.description import description
from shared_container.openstep import parse_openstep
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.testing.program import Ran

GROUP = "group.com.example.shared"
LOG_HEAD = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{3} defaults\[[0-9]+:[0-9]+\] ", re.MULTILINE
)
PAIR = f"LOG \nThe domain/default pair of ({GROUP}, {{}}) does not exist\n"
_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")
)
_scalars = st.one_of(
    _texts,
    st.binary(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False),
    st.datetimes(datetime(1, 1, 2)).map(lambda date: date.replace(microsecond=0)),  # noqa: DTZ001  plists have UTC
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner) | st.dictionaries(_texts, inner), max_leaves=10
)
DOMAINS = st.dictionaries(_texts.filter(bool), _values, min_size=1)


class Defaults:
    """``defaults`` on a device, as a person types it; G is the group."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def run(self, *words: str, given: bytes = b"") -> Ran:
        return self.device.spawn("defaults", *words, given=given)

    def __call__(self, line: str, *, given: bytes = b"") -> str:
        """Carry a line out; return what it prints on standard output."""
        done = self.run(*self._words(line), given=given)
        assert (done.status, done.errors) == (0, "")

        return done.output

    def fails(self, line: str, *, status: int = 1, given: bytes = b"") -> str:
        """Carry a line out that fails; return its log, with LOG for the head of a line."""
        done = self.run(*self._words(line), given=given)
        assert (done.status, done.output) == (status, "")

        return LOG_HEAD.sub("LOG ", done.errors)

    @staticmethod
    def _words(line: str) -> list[str]:
        return [GROUP if word == "G" else word for word in shlex.split(line)]


@pytest.fixture
def defaults(device: Device, tmp_path: Path) -> Defaults:
    """A device with an app in the group that does not run."""
    device.install(make_app(tmp_path, "Owner", source="pass", groups=[GROUP]))

    return Defaults(device)


# -- writing and reading ---------------------------------------------------------------------


VALUES = (
    ("word", "word\n", "string"),
    ("'two words'", "two words\n", "string"),
    ("5", "5\n", "string"),
    ("-string 5", "5\n", "string"),
    ("-string ''", "\n", "string"),
    ("-string é", "é\n", "string"),
    ("-int 5", "5\n", "integer"),
    ("-integer -7", "-7\n", "integer"),
    ("-int '12 monkeys'", "12\n", "integer"),
    ("-int 9223372036854775808", "9223372036854775807\n", "integer"),
    ("-float 3.14", "3.14\n", "float"),
    ("-float 2", "2\n", "float"),
    ("-bool true", "1\n", "boolean"),
    ("-boolean NO", "0\n", "boolean"),
    ("-data 0a0B0c", "{length = 3, bytes = 0x0a0b0c}\n", "data"),
    ("-data abc", "{length = 2, bytes = 0x0abc}\n", "data"),
    ("-data ''", "{length = 0, bytes = 0x}\n", "data"),
    ("-date '2022-01-02 03:04:05 +0100'", "2022-01-02 02:04:05 +0000\n", "date"),
    ("-date 2022-01-02", "2022-01-02 00:00:00 +0000\n", "date"),
    ("-date 2022-01-02T03:04:05Z", "2022-01-02 03:04:05 +0000\n", "date"),
    ("-array", "(\n)\n", "array"),
    ("-array a 'b c' -int 5", '(\n    a,\n    "b c",\n    5\n)\n', "array"),
    ("-array '{x = ();}'", "(\n        {\n        x =         (\n        );\n    }\n)\n", "array"),
    ("-dict", "{\n}\n", "dictionary"),
    ("-dict b -bool yes a 1", "{\n    a = 1;\n    b = 1;\n}\n", "dictionary"),
    ("'(\"é\", <00>)'", '(\n    "\\U00e9",\n    {length = 1, bytes = 0x00}\n)\n', "array"),
    ("'<dict><key>k</key><integer>5</integer></dict>'", "{\n    k = 5;\n}\n", "dictionary"),
    ("'<?xml version=\"1.0\"?><plist><true/></plist>'", "1\n", "boolean"),
    ("'\"quoted\"'", "quoted\n", "string"),
)  # fmt: skip
NO_NESTING = "Cannot nest composite types (arrays and dictionaries); exiting"
NO_HOSTS = (
    "Preferences of one host do not exist on iOS: no app reads them. "
    "Leave -currentHost and -host out."
)
REFUSED = (
    ("write G k -int 1 2", "Unexpected argument 2; leaving defaults unchanged."),
    ("write G k a b", "Unexpected argument b; leaving defaults unchanged."),
    ("write G k '(1'", "Could not parse: (1.  Try single-quoting it."),
    ("write G k '[1]'", "Could not parse: [1].  Try single-quoting it."),
    ("write G k '<dict><key>'", "Could not parse: <dict><key>.  Try single-quoting it."),
    ("write G k -array 1 -array", NO_NESTING),
    ("write G k -dict a -dict", NO_NESTING),
    ("write G k -dict -int 1 a", "Dictionary keys must be strings"),
    ("write G k -dict a 1 b", "Key b lacks a corresponding value"),
    ("-currentHost read G", NO_HOSTS),
    ("-host mac.local read G", NO_HOSTS),
    ("read -app Nothing", 'Couldn\'t find an application named "Nothing"; defaults unchanged'),
    ("import G", "\nNeed a path to read from"),
    ("export G", "\nNeed a path to write to"),
)
WRONG_USAGE = (
    ("", "no command"),
    ("frobnicate", "no such command: frobnicate"),
    ("read-type G", "something is missing behind group.com.example.shared"),
    ("write G", "something is missing behind group.com.example.shared"),
    ("write G k -int", "something is missing behind -int"),
    ("write G k -bool perhaps", "-bool takes true, false, yes or no, not perhaps"),
    ("write G k -data xy", "-data takes hex digits, not xy"),
    ("write G k -data '0a 0b'", "-data takes hex digits, not 0a 0b"),
    (
        "write G k -date yesteryear",
        "-date takes a date such as '2022-01-02 03:04:05 +0000', not yesteryear",
    ),
    ("rename G a", "something is missing behind a"),
    ("rename G a b c", "unexpected argument c"),
    ("delete", "something is missing behind delete"),
    ("delete G a b", "unexpected argument b"),
    ("find", "something is missing behind find"),
    ("read -app", "something is missing behind -app"),
)


def test_values_are_written_and_read(defaults: Defaults) -> None:
    for typed, read, kind in VALUES:
        assert defaults(f"write G key {typed}") == ""
        told = (typed, defaults("read G key"), defaults("read-type G key"))
        assert told == (typed, read, f"Type is {kind}\n")


def test_a_domain_is_read_whole_and_sorted(defaults: Defaults) -> None:
    defaults("write G 'b key' -array 1 2")
    defaults("write G Z -dict k en_US")
    defaults("write G a -float -0.5")

    assert defaults("read G") == (
        "{\n"
        "    Z =     {\n"
        '        k = "en_US";\n'
        "    };\n"
        '    a = "-0.5";\n'
        '    "b key" =     (\n'
        "        1,\n"
        "        2\n"
        "    );\n"
        "}\n"
    )


def test_adding_to_what_is_there_and_to_what_is_not(defaults: Defaults) -> None:
    defaults("write G list -array-add one")
    defaults("write G list -array-add two three")
    defaults("write G pairs -dict-add a 1")
    defaults("write G pairs -dict-add a 2 b 3")

    assert defaults("read G list") == "(\n    one,\n    two,\n    three\n)\n"
    assert defaults("read G pairs") == "{\n    a = 2;\n    b = 3;\n}\n"
    assert defaults.fails("write G list -dict-add a 1") == (
        "LOG Value for key list is not a dictionary; cannot append.  Leaving defaults unchanged.\n"
    )
    assert defaults.fails("write G pairs -array-add 1") == (
        "LOG Value for key pairs is not an array; cannot append.  Leaving defaults unchanged.\n"
    )


def test_a_dictionary_replaces_a_whole_domain(defaults: Defaults) -> None:
    defaults("write G old 1")
    defaults("write G '{new = 2; also = (3);}'")

    assert defaults("read G") == "{\n    also =     (\n        3\n    );\n    new = 2;\n}\n"
    assert defaults.fails("write G '(1)'") == (
        "LOG \nRep argument is not a dictionary\nDefaults have not been changed.\n"
    )


def test_renaming(defaults: Defaults, device: Device) -> None:
    defaults("write G old -int 1")
    defaults("rename G old new")
    defaults("rename G new new")

    assert device.group(GROUP).defaults == {"new": 1}
    assert defaults.fails("rename G old other") == (
        f"LOG Key old does not exist in domain {GROUP}; leaving defaults unchanged.\n"
    )


def test_deleting(defaults: Defaults, device: Device) -> None:
    missing = f"LOG \nDomain ({GROUP}) not found.\nDefaults have not been changed.\n"
    defaults("write G '{a = 1; b = 2; c = 3;}'")
    defaults("delete G a")

    assert device.group(GROUP).defaults == {"b": "2", "c": "3"}
    assert defaults.fails("delete G a") == missing

    defaults("remove G b")
    defaults("delete G")

    assert device.group(GROUP).defaults == {}
    assert defaults.fails("delete G") == missing


def test_what_is_not_there(defaults: Defaults) -> None:
    assert defaults.fails("read G") == f"LOG \nDomain {GROUP} does not exist\n"
    assert defaults.fails("read G key") == PAIR.format("key")
    assert defaults.fails("read-type G key") == PAIR.format("key")
    assert defaults.fails("read -g") == "LOG \nDomain Apple Global Domain does not exist\n"
    assert defaults.fails("read -g key") == (
        "LOG \nThe domain/default pair of (kCFPreferencesAnyApplication, key) does not exist\n"
    )
    assert defaults.fails("export G -") == f"LOG \nThe domain {GROUP} does not exist\n"


def test_what_cannot_be_done_is_said_and_changes_nothing(
    defaults: Defaults, device: Device
) -> None:
    for line, text in REFUSED:
        assert (line, defaults.fails(line)) == (line, f"LOG {text}\n")

    assert device.group(GROUP).defaults == {}


def test_wrong_usage_is_255_and_the_usage_with_the_wrong_word_above(defaults: Defaults) -> None:
    usage = defaults("help")

    assert usage.startswith("usage: defaults <command> ...\n")

    for line, problem in WRONG_USAGE:
        done = defaults.run(*defaults._words(line))
        errors = LOG_HEAD.sub("LOG ", done.errors)
        assert (line, done.status, done.output) == (line, 255, usage)
        assert (line, errors) == (line, f"LOG {problem}\n")


def test_a_command_may_be_in_capitals(defaults: Defaults) -> None:
    defaults("WRITE G key 1")

    assert defaults("Read G key") == "1\n"


# -- domains ---------------------------------------------------------------------------------


def test_domains_of_apps_groups_and_the_device(defaults: Defaults, device: Device) -> None:
    for domain in ("com.example.Owner", "G", "-g", "com.apple.springboard"):
        defaults(f"write {domain} key 'of {domain}'")

    assert defaults("domains") == f"com.apple.springboard, com.example.Owner, {GROUP}\n"
    assert defaults("read -app Owner key") == "of com.example.Owner\n"
    assert defaults("read com.apple.springboard key") == "of com.apple.springboard\n"
    assert defaults("read NSGlobalDomain key") == defaults("read -globalDomain key") == "of -g\n"
    assert device.ask("defaults", domain="com.example.Owner") == {"key": "of com.example.Owner"}

    defaults("delete com.apple.springboard")
    defaults("delete com.example.Owner")

    assert defaults("domains") == f"{GROUP}\n"

    device.reboot()

    assert defaults("domains") == f"{GROUP}\n"
    assert defaults("read -g key") == "of -g\n"


def test_everything_is_read_and_found(defaults: Defaults) -> None:
    defaults("write G '{Colour = green; list = (x, {deep = (Green);});}'")
    defaults("write -g AppleLocale en_US")
    found = (
        f"Found 2 keys in domain '{GROUP}': {{\n    Colour = green;\n    list =     (\n"
        "        x,\n                {\n            deep =             (\n"
        "                Green\n            );\n        }\n    );\n}\n"
    )

    assert defaults("find gReEn") == found
    assert defaults("find locale") == (
        "Found 1 keys in domain 'Apple Global Domain': {\n    AppleLocale = \"en_US\";\n}\n"
    )
    assert defaults("find shared") == found
    assert defaults("read").startswith('{\n    "Apple Global Domain" =     {\n')

    done = defaults.run("find", "purple")

    assert (done.status, done.output) == (0, "")
    assert LOG_HEAD.sub("LOG ", done.errors) == (
        "LOG No domain, key, nor value containing 'purple'\n"
    )


def test_a_group_that_nobody_is_in_takes_nothing(defaults: Defaults) -> None:
    reason = "LOG no installed app is in the App Group group.nobody\n"

    assert defaults.fails("read group.nobody") == (
        f"LOG \nDomain group.nobody does not exist\n{reason}"
    )
    assert defaults.fails("delete group.nobody").endswith(f"not been changed.\n{reason}")
    assert defaults.fails("write group.nobody key 1") == (
        f"LOG Could not write domain group.nobody; exiting\n{reason}"
    )


def test_a_path_means_the_plist_of_a_container(defaults: Defaults, device: Device) -> None:
    plist = device.container("com.example.Owner") / "Library/Preferences/suite"
    defaults(f"write '{plist}' key 5")

    assert defaults(f"read '{plist}.plist'") == "{\n    key = 5;\n}\n"
    assert "no plist of this device" in defaults.fails("write /etc/passwd key 5")
    assert defaults.fails("read /etc/passwd").startswith(
        "LOG \nDomain /etc/passwd does not exist\nLOG /etc/passwd is no plist of this device: "
    )
    assert "no plist of this device" in defaults.fails(f"write '{plist}/../../../x' key 5")


def test_delete_all_deletes_it_from_every_container(defaults: Defaults, device: Device) -> None:
    paths = [
        device.container("com.example.Owner") / "Library/Preferences/suite",
        device.group(GROUP).path / "Library/Preferences/suite",
    ]

    for path in paths:
        defaults(f"write '{path}' '{{key = 1; other = 2;}}'")

    defaults("write suite key 1")
    defaults("delete-all suite key")

    assert [defaults(f"read '{path}'") for path in paths] == ["{\n    other = 2;\n}\n"] * 2

    defaults("delete-all suite")

    assert [defaults.fails(f"read '{path}'") for path in (*paths, "suite")] == [
        f"LOG \nDomain {path} does not exist\n" for path in (*paths, "suite")
    ]


# -- import and export -----------------------------------------------------------------------


def test_import_sets_what_a_plist_has_and_keeps_the_rest(
    defaults: Defaults, device: Device
) -> None:
    defaults("write G kept 1")
    values = {"a": b"\0", "when": datetime(2022, 1, 2), "n": [1, 2.5, True]}  # noqa: DTZ001  plists have UTC

    for number, form in enumerate((plistlib.FMT_XML, plistlib.FMT_BINARY)):
        defaults("import G -", given=plistlib.dumps({**values, "form": number}, fmt=form))
        assert device.group(GROUP).defaults["form"] == number

    defaults("import G -", given=b"{ form = (old, style); }")

    assert device.group(GROUP).defaults.keys() == {"kept", "a", "when", "n", "form"}
    assert defaults("read G n") == '(\n    1,\n    "2.5",\n    1\n)\n'
    assert defaults("read G form") == "(\n    old,\n    style\n)\n"


def test_export_is_xml_to_standard_output_and_binary_to_a_file(defaults: Defaults) -> None:
    defaults("write G '{b = 1; a = <00ff>;}'")
    binary = defaults.run("export", GROUP, "where simctl writes it").data

    assert binary.startswith(b"bplist00")
    assert plistlib.loads(binary) == {"a": b"\0\xff", "b": "1"}
    assert defaults("export G -") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" '
        '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0">\n<dict>\n\t<key>a</key>\n\t<data>\n\tAP8=\n\t</data>\n'
        "\t<key>b</key>\n\t<string>1</string>\n</dict>\n</plist>\n"
    )


def test_what_is_exported_is_imported(defaults: Defaults, device: Device) -> None:
    defaults("write G a -date 2022-01-02")
    defaults("write G b -array x -data 00 -bool no -float 0.5")
    before = device.group(GROUP).defaults

    for target in ("-", "file"):
        data = defaults.run("export", GROUP, target).data
        defaults("delete G")
        defaults("import G -", given=data)
        assert device.group(GROUP).defaults == before


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=DOMAINS)
def test_any_domain_comes_back_as_it_went(
    defaults: Defaults, device: Device, values: dict[str, object]
) -> None:
    for target in ("-", "file"):
        form = plistlib.FMT_XML if target == "-" else plistlib.FMT_BINARY
        defaults.run("delete", GROUP)
        defaults("import G -", given=plistlib.dumps(values, fmt=form))
        assert plistlib.loads(defaults.run("export", GROUP, target).data) == values

    whole = description(device.group(GROUP).defaults, whole_data=True)
    as_strings = parse_openstep(whole)
    defaults(f"write G {shlex.quote(whole)}")

    assert device.group(GROUP).defaults == as_strings


def test_what_xml_cannot_have_is_not_exported_to_it(defaults: Defaults) -> None:
    defaults("write G key '\"\\033File\"'")

    assert defaults("read G") == '{\n    key = "\\033File";\n}\n'
    assert defaults.fails("export G -").startswith(f"LOG Could not export domain {GROUP} to - due")
    assert defaults.run("export", GROUP, "file").status == 0


# -- what apps see ---------------------------------------------------------------------------


def test_a_running_app_sees_it_and_its_observers_hear_of_it(
    defaults: Defaults, process: Callable[..., Any]
) -> None:
    one = process("One")
    one.do("watch('count')")
    defaults("write G count -int 5")

    assert one.do("suite.integer('count')") == 5
    assert one.changes() == [{"kind": 1, "new": 5, "old": None}]

    defaults("delete G count")

    assert one.do("suite.object('count')") is None
    assert one.changes() == [{"kind": 1, "new": None, "old": 5}]


def test_it_sees_what_a_running_app_has_set(
    defaults: Defaults, process: Callable[..., Any]
) -> None:
    one = process("One")
    one.do("suite.set([1, 'é'], 'key')")
    one.do("standard.set(2, 'own')")

    assert defaults("read G key") == '(\n    1,\n    "\\U00e9"\n)\n'
    assert defaults("read com.example.One own") == "2\n"


def test_the_app_alone_reads_its_domain_and_everybody_the_global_one(
    defaults: Defaults, process: Callable[..., Any]
) -> None:
    one = process("One")
    defaults("write com.example.One own yes")
    defaults("write -g everybodys 5")

    assert one.do("[standard.string('own'), suite.string('own')]") == ["yes", None]
    assert one.do("[standard.string('everybodys'), suite.integer('everybodys')]") == ["5", 5]


def test_staleness_holds_what_it_writes_from_others_and_not_from_itself(
    defaults: Defaults, device: Device, process: Callable[..., Any]
) -> None:
    one = process("One")
    one.do("suite.integer('key')")
    device.defaults_settings(staleness_s=3600.0)
    defaults("write G key -int 1")

    assert defaults("read G key") == "1\n"
    assert one.do("suite.integer('key')") == 0

    device.defaults_settings(staleness_s=0.0)

    assert one.do("suite.integer('key')") == 1


def test_before_the_first_unlock_it_reads_nothing_and_writes_nothing(
    defaults: Defaults, device: Device
) -> None:
    defaults("write G key 1")
    device.ask("lock_state", state="before-first-unlock")
    reason = (
        f"LOG preferences of {GROUP}: the device has not been unlocked since it was switched on, "
        "and its data is protected until then; what is there is kept\n"
    )

    assert defaults.fails("read G") == f"LOG \nDomain {GROUP} does not exist\n"
    assert "key" not in defaults("read")
    assert defaults.fails("write G key 2") == (
        f"LOG Could not write domain {GROUP}; exiting\n{reason}"
    )

    device.ask("lock_state", state="unlocked")

    assert defaults("read G key") == "1\n"
