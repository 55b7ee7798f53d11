import os
import plistlib
import socket
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bundles.bplist import DEPTH_MAX, NODES_MAX, TEXT_MAX
from simulator.bundles.plist import PLIST_SIZE_MAX, parse_plist, read_plist
from simulator.xpc.errors import BundleError

VALUES: dict[str, object] = {
    "text": "Grüße",
    "flag": True,
    "count": 3,
    "low": -(1 << 63),
    "ratio": 0.5,
    "data": b"\x00\xff",
    "list": ["a", {"b": False}],
}
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">'


def binary(objects: list[bytes], top: int = 0) -> bytes:
    """Return a binary property list of objects that are given by their bytes."""
    body, offsets = b"bplist00", []

    for item in objects:
        offsets.append(len(body))
        body += item

    table = b"".join(struct.pack(">I", offset) for offset in offsets)

    return body + table + struct.pack(">6xBBQQQ", 4, 1, len(objects), top, len(body))


def refusal(data: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        parse_plist(data, name="Info.plist")

    assert (caught.value.file, caught.value.key) == ("Info.plist", "")

    return caught.value.problem


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_both_forms_give_the_values_that_were_written(form: plistlib.PlistFormat) -> None:
    assert parse_plist(plistlib.dumps(VALUES, fmt=form), name="x") == VALUES


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_dates_carry_utc(form: plistlib.PlistFormat) -> None:
    written = {"when": datetime(2024, 2, 29, 12, 30, tzinfo=UTC).replace(tzinfo=None)}
    read = parse_plist(plistlib.dumps(written, fmt=form), name="x")

    assert read == {"when": datetime(2024, 2, 29, 12, 30, tzinfo=UTC)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(encoding: str) -> None:
    text = "<plist><dict><key>a</key><string>é</string></dict></plist>"

    assert parse_plist(text.encode(encoding), name="x") == {"a": "é"}


def test_comments_and_apples_document_type_are_accepted() -> None:
    data = plistlib.dumps({"a": 1}).replace(b"<dict>", b"<dict><!-- why -->")

    assert b"<!DOCTYPE" in data
    assert parse_plist(data, name="x") == {"a": 1}


def test_hexadecimal_integers_are_read_as_core_foundation_does() -> None:
    data = HEAD + b"<dict><key>a</key><integer>-0x10</integer></dict></plist>"

    assert parse_plist(data, name="x") == {"a": -16}


def test_broken_xml_is_told_by_line_and_column() -> None:
    problem = refusal(HEAD + b"\n<dict>\n  <key>a</string>\n</dict></plist>")

    assert "line 4, column 11" in problem
    assert "mismatched tag" in problem


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<dict><string>a</string></dict>", "no <key> before it"),
        (b"<dict><key>a</key></dict>", "the key 'a' has no value"),
        (b"<dict><key>a</key><key>b</key></dict>", "followed by a value"),
        (b"<key>a</key>", "should stand in a <dict>"),
        (b"<dict><key>a</key><integer>1_0</integer></dict>", "<integer> holds '1_0'"),
        (b"<dict><key>a</key><integer>99999999999999999999</integer></dict>", "which is none"),
        (b"<dict><key>a</key><date>yesterday</date></dict>", "<date> holds 'yesterday'"),
        (b"<dict><key>a</key><strin>b</strin></dict>", "<strin> is no part"),
        (b"<dict><key>a<true/></key></dict>", "holds text only"),
        (b"<dict>stray</dict>", "'stray' stands outside"),
        (b"<dict/><dict/>", "second top-level value"),
    ],
)
def test_xml_that_is_no_property_list_is_told_with_its_line(body: bytes, words: str) -> None:
    problem = refusal(HEAD + body + b"</plist>")

    assert words in problem
    assert "line 2" in problem


def test_a_document_type_with_entities_of_its_own_is_refused() -> None:
    laughs = b'<!DOCTYPE plist [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    problem = refusal(laughs + b"<plist><dict><key>&b;</key><true/></dict></plist>")

    assert "document type declares things of its own" in problem


def test_an_entity_that_nobody_declares_is_refused_and_not_dropped() -> None:
    data = plistlib.dumps({"a": "x"}).replace(b">x<", b">&lost;<")

    assert "&lost;" in refusal(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"{ CFBundleIdentifier = a; }", "old text form"),
        ("/* é */ { a = b; }".encode("utf-16"), "old text form"),
        (b"\x7fELF", "no property list"),
        (plistlib.dumps(["a"]), "no dictionary"),
        (plistlib.dumps(["a"], fmt=plistlib.FMT_BINARY), "no dictionary"),
        (b'<?xml version="1.0" encoding="klingon"?><plist/>', "encoding"),
        (b"bplist00", "no good binary property list"),
        (b"x" * (PLIST_SIZE_MAX + 1), str(PLIST_SIZE_MAX)),
    ],
)
def test_what_is_no_property_list_is_refused_with_a_reason(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_xml_nested_too_deep_is_refused() -> None:
    deep = b"<array>" * DEPTH_MAX + b"</array>" * DEPTH_MAX

    assert f"deeper than {DEPTH_MAX}" in refusal(HEAD + b"<dict><key>a</key>" + deep + b"</dict>")


def test_xml_with_too_many_values_is_refused() -> None:
    many = b"<true/>" * NODES_MAX

    assert f"more than {NODES_MAX}" in refusal(
        HEAD + b"<dict><key>a</key><array>" + many + b"</array></dict></plist>",
    )


def test_a_binary_list_that_doubles_itself_is_refused_before_it_grows() -> None:
    levels = [b"\xa2" + bytes((number + 1, number + 1)) for number in range(40)]
    bomb = binary([*levels, b"\x08"])

    assert len(bomb) < 500
    assert f"over {NODES_MAX} values" in refusal(bomb)


def test_a_binary_list_that_repeats_a_long_text_is_refused() -> None:
    text = b"\x5f\x11" + struct.pack(">H", 60_000) + b"a" * 60_000
    repeats = TEXT_MAX // 60_000 + 1
    array = b"\xaf\x10" + bytes((repeats,)) + b"\x01" * repeats

    assert f"over {TEXT_MAX} bytes" in refusal(binary([array, text]))


def test_a_binary_list_that_holds_itself_is_refused() -> None:
    assert f"deeper than {DEPTH_MAX}" in refusal(binary([b"\xa1\x00"]))


@pytest.mark.parametrize("key", [b"\x10\x01", b"\x00", b"\x80\x01"])
def test_a_binary_dictionary_needs_keys_that_are_strings(key: bytes) -> None:
    assert "no string" in refusal(binary([b"\xd1\x01\x02", key, b"\x09"]))


def test_what_a_binary_list_shares_is_not_shared_in_the_value() -> None:
    shared = parse_plist(
        binary([b"\xd2\x01\x02\x03\x03", b"\x51a", b"\x51b", b"\xa0"]),
        name="x",
    )

    assert shared == {"a": [], "b": []}
    assert shared["a"] is not shared["b"]


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"^Notes\.app/Info\.plist: the file is missing$"):
        read_plist(tmp_path / "Info.plist", name="Notes.app/Info.plist")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(plistlib.dumps({"a": 1}))
    (tmp_path / "Info.plist").symlink_to("real")

    with pytest.raises(BundleError, match="symbolic link"):
        read_plist(tmp_path / "Info.plist", name="x")


@pytest.mark.parametrize("kind", ["fifo", "folder", "socket"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "Info.plist"

    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))

    with pytest.raises(BundleError, match="no regular file"):
        read_plist(path, name="x")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "Info.plist"
    path.write_bytes(b" " * (PLIST_SIZE_MAX + 1))

    with pytest.raises(BundleError, match="limit"):
        read_plist(path, name="x")


_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=20),
    st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), max_size=20),
)
_KEYS = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), max_size=8)
_TREES = st.dictionaries(
    _KEYS,
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)
_FORMS = st.sampled_from([plistlib.FMT_XML, plistlib.FMT_BINARY])


@pytest.mark.slow
@given(_TREES, _FORMS)
def test_every_property_list_comes_back_as_it_was(
    tree: dict[str, object],
    form: plistlib.PlistFormat,
) -> None:
    assert parse_plist(plistlib.dumps(tree, fmt=form), name="x") == tree


@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=200).map(lambda data: b"bplist00" + data),
        st.binary(max_size=60).map(lambda data: b"<plist><dict>" + data),
    ),
)
def test_any_bytes_give_a_dictionary_or_a_bundle_error(
    tmp_path_factory: pytest.TempPathFactory,
    data: bytes,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.plist"
    path.write_bytes(data)

    try:
        outcome: object = read_plist(path, name="any.plist")
    except BundleError as error:
        outcome = error

    assert isinstance(outcome, dict | BundleError)


@pytest.mark.slow
@given(_TREES, _FORMS, st.integers(0), st.integers(0, 255))
def test_one_changed_byte_gives_a_dictionary_or_a_bundle_error(
    tree: dict[str, object],
    form: plistlib.PlistFormat,
    position: int,
    byte: int,
) -> None:
    data = bytearray(plistlib.dumps(tree, fmt=form))
    data[position % len(data)] = byte

    try:
        outcome: object = parse_plist(bytes(data), name="x")
    except BundleError as error:
        outcome = error

    assert isinstance(outcome, dict | BundleError)
