"""Whatever lies in a bundle gives findings and a named error, and never a crash or a hang."""

import plistlib
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simulator.bundles.bundle import read_bundle
from simulator.bundles.entitlements import GROUPS_KEY
from simulator.bundles.lint.extensions import ATTRIBUTE_KEYS, CHILD_KEYS
from simulator.bundles.lint.lines import key_lines
from simulator.bundles.lint.run import findings, remarks_of
from simulator.bundles.lint.spelling import TOP_KEYS
from simulator.bundles.lint.subject import read_subject
from simulator.bundles.plist import PLIST_SIZE_MAX, parse_plist
from simulator.bundles.project import read_project
from simulator.simctl.stubbing import program_of_stub
from simulator.xpc.errors import BundleError, Misuse

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        "com.example.Notes", "com.example.Notes.Share", "com.apple.share-services", "APPL", "XPC!",
        "TRUEPREDICATE", "$(VAR)", "${A:b}", "$(", "group.x", "1.0", "\x00", "../..", "/", "", ".",
        "SUBQUERY(extensionItems, , x)", "A" * 170, "\u202e", "http",
    ]),
)  # fmt: skip
LEAVES = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(),
    st.binary(max_size=10),
)
KEYS = st.one_of(
    TEXTS,
    st.sampled_from([
        *TOP_KEYS, *CHILD_KEYS, *ATTRIBUTE_KEYS, "CFBundleURLSchemes", "EXPrincipalClass",
        "EXExtensionPointIdentifier", "NSExtensionActivationSupportsText", GROUPS_KEY,
        "NSExtensionActivationDictionaryVersion", "INFOPLIST_KEY_x", "UIBackgroundModes",
    ]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
LISTS = st.dictionaries(KEYS, VALUES, max_size=8)
PROPER = {"CFBundleIdentifier": "com.example.Notes", "CFBundleExecutable": "Notes"}


def _write(folder: Path, keys: dict[str, object], rights: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    form = plistlib.FMT_BINARY  # which carries what XML cannot
    (folder / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=form))
    (folder / "Any.entitlements").write_bytes(plistlib.dumps(rights, fmt=form))
    (folder / f"{folder.stem}.py").touch()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(app=LISTS, share=LISTS, app_rights=LISTS, share_rights=LISTS, is_proper=st.booleans())
@example(
    app={"NSExtension": {}},
    share={"NSExtension": {"NSExtensionAttributes": []}},
    app_rights={},
    share_rights={},
    is_proper=True,
)
@example(
    app={},
    share={"NSExtension": {"NSExtensionPrincipalClass": 7}},
    app_rights={GROUPS_KEY: "x"},
    share_rights={},
    is_proper=True,
)
def test_any_values_under_any_keys_are_installed_or_refused_and_always_told(
    app: dict[str, object],
    share: dict[str, object],
    app_rights: dict[str, object],
    share_rights: dict[str, object],
    is_proper: bool,  # noqa: FBT001  hypothesis gives it by name
) -> None:
    with tempfile.TemporaryDirectory() as place:
        _check_an_app(Path(place, "Notes.app"), app, share, app_rights, share_rights, is_proper)


def _check_an_app(
    folder: Path,
    app: dict[str, object],
    share: dict[str, object],
    app_rights: dict[str, object],
    share_rights: dict[str, object],
    is_proper: bool,  # noqa: FBT001  as hypothesis gives it
) -> None:
    _write(folder, {**app, **(PROPER if is_proper else {})}, app_rights)
    _write(folder / "PlugIns" / "Share.appex", share, share_rights)
    subject = read_subject(folder, label="Notes.app")
    found = findings(subject)
    refusal = None

    try:
        read_bundle(folder)
    except BundleError as error:
        refusal = error

    at_install = [finding for finding in found if finding.rule.stage == "install"]

    assert (refusal is None) is (at_install == [])
    assert refusal is None or (refusal.file, refusal.key, refusal.problem) == (
        at_install[0].file,
        at_install[0].key,
        at_install[0].problem,
    )
    assert all(remark for told in remarks_of(subject) for remark in told)

    for each in subject.everyone():
        compile(program_of_stub(each), "stub", "exec")


def _read(data: bytes) -> tuple[object, BundleError | None]:
    try:
        return parse_plist(data, name="Info.plist"), None
    except BundleError as error:
        return None, error


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
@example(b"bplist00")
@example(HEAD + b"<plist><dict><key>a</key><string>\x00</string></dict></plist>")
@example(HEAD + b"<plist><dict><key>\xff\xfe</key><true/></dict></plist>")
@example(b"\xff\xfe<\x00p\x00")
@example(b"\xef\xbb\xbf" * 50)
def test_any_bytes_are_a_list_or_a_named_error_and_have_lines(data: bytes) -> None:
    for form in (data, b"bplist00" + data, HEAD + b"<plist>" + data, b"<plist><dict>" + data):
        value, refusal = _read(form)

        assert isinstance(value, dict) is (refusal is None)
        assert refusal is None or (refusal.file, bool(refusal.problem)) == ("Info.plist", True)
        assert all(line > 0 for line in key_lines(form).values())


@settings(max_examples=200, deadline=None)
@given(LISTS, st.data())
def test_a_binary_list_with_any_byte_changed_is_a_list_or_a_named_error(
    keys: dict[str, object], data: st.DataObject
) -> None:
    written = bytearray(plistlib.dumps(keys, fmt=plistlib.FMT_BINARY))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] = data.draw(st.integers(0, 255))

    value, refusal = _read(bytes(written))

    assert isinstance(value, dict) is (refusal is None)
    assert refusal is None or refusal.problem


def _binary(objects: list[bytes]) -> bytes:
    body, offsets = b"bplist00", []

    for item in objects:
        offsets.append(len(body))
        body += item

    table = b"".join(struct.pack(">I", offset) for offset in offsets)

    return body + table + struct.pack(">6xBBQQQ", 4, 1, len(objects), 0, len(body))


def _laughs() -> bytes:
    entities = "".join(
        f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 20)
    )
    text = f'<!DOCTYPE plist [<!ENTITY l0 "ha">{entities}]><plist><string>&l19;</string></plist>'

    return HEAD + text.encode()


DEEP = 20_000
HOSTILE = {
    "a billion laughs": (_laughs(), "declares things of its own"),
    "an external entity": (
        HEAD + b'<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]><plist>&x;</plist>',
        "declares things of its own",
    ),
    "dictionaries in each other": (
        b"<plist>" + b"<dict><key>a</key>" * DEEP + b"</dict>" * DEEP,
        "nested deeper than",
    ),
    "arrays in each other": (b"<plist>" + b"<array>" * 100_000, "nested deeper than"),
    "unknown elements in each other": (b"<plist>" + b"<x>" * 200_000, "is no part of"),
    "fifty megabytes": (b"<plist><dict>" + b" " * (50 << 20), f"more than {PLIST_SIZE_MAX} bytes"),
    "NUL in XML": (b"<plist><dict><key>\x00</key><true/></dict></plist>", "no well-formed XML"),
    "bytes that are not UTF-8": (
        b"<plist><dict><key>\xff\xc0</key><true/></dict></plist>",
        "no well-formed XML",
    ),
    "a dictionary that holds itself": (_binary([b"\xd1\x01\x00", b"\x51a"]), "nested deeper than"),
    "an array that holds itself a hundred times": (
        _binary([b"\xd1\x01\x02", b"\x51a", b"\xaf\x10\x64" + b"\x02" * 100]),
        "which is the limit",
    ),
    "a reference to nothing": (_binary([b"\xd1\x01\x09", b"\x51a"]), "its structure is broken"),
    "a number of a million digits": (
        b"<plist><dict><key>a</key><integer>" + b"9" * 1_000_000 + b"</integer></dict></plist>",
        "which is none",
    ),
    "half a character": (
        _binary([b"\xd1\x01\x02", b"\x51a", b"\x61\xd8\x00"]),
        "its structure is broken",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_list_is_a_named_error_of_install_and_of_lint(name: str, tmp_path: Path) -> None:
    data, words = HOSTILE[name]
    app = tmp_path / "Notes.app"
    app.mkdir()
    (app / "Notes.py").touch()
    (app / "Info.plist").write_bytes(data)
    (finding,) = findings(read_subject(app, label="Notes.app"))

    with pytest.raises(BundleError, match=r"Notes\.app/Info\.plist: ") as caught:
        read_bundle(app)

    assert words in caught.value.problem
    assert (finding.rule.id, finding.problem) == ("unreadable", caught.value.problem)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_list_in_a_source_tree_is_told_and_left_out(name: str, tmp_path: Path) -> None:
    data, words = HOSTILE[name]
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "Info.plist").write_bytes(data)
    targets, (fault,) = read_project(tmp_path / "source")

    assert targets == []
    assert words in fault.problem


def test_a_hundred_thousand_keys_are_looked_at_in_bounded_words(tmp_path: Path) -> None:
    app = tmp_path / "Notes.app"
    keys: dict[str, object] = {f"CFBundleURLType{number}": "$(V)" for number in range(20_000)}
    _write(app, {**PROPER, **keys}, {f"com.apple.security.{n}": True for n in range(20_000)})
    found = findings(read_subject(app, label="Notes.app"))

    assert len(found) < 200
    assert max(len(finding.problem) for finding in found) < 10_000


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "../../outside"])
def test_lists_that_are_links_are_not_followed(tmp_path: Path, target: str) -> None:
    app = tmp_path / "Notes.app"
    _write(app, dict(PROPER), {})
    (app / "Info.plist").unlink()
    (app / "Info.plist").symlink_to(target)
    (finding,) = findings(read_subject(app, label="Notes.app"))

    assert finding.problem == "it is a symbolic link; put the file itself in its place"


def test_a_source_tree_of_too_many_files_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.bundles.project.FILES_MAX", 3)

    for number in range(5):
        (tmp_path / f"{number}.txt").touch()

    with pytest.raises(Misuse, match="more than 3 files"):
        read_project(tmp_path)
