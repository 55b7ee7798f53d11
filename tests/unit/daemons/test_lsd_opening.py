"""Any text is a URL or is refused; choices are kept; documents have paths."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.bundles.info import InfoPlist, parse_info
from simulator.bundles.opening import document_types, opened_schemes, scene_delegate
from simulator.daemons.lsd.choices import Choices
from simulator.daemons.lsd.documents import copy_to_inbox, file_url, path_of
from simulator.daemons.lsd.state import URL_BYTES_MAX, scheme_of
from simulator.xpc.errors import CommandError, Misuse

_REST = st.text(max_size=60)


def _info(**keys: object) -> InfoPlist:
    return parse_info({"CFBundleIdentifier": "a.b", **keys}, file="Info.plist", stem="A")


@given(_REST)
@example("a:\ud800")
@example("a://[::1]:x/%zz?;&=#")
@example("A+b-.1:")
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    with suppress(Misuse):
        scheme = scheme_of(text)

        assert scheme == scheme.lower()
        assert text.lower().startswith(f"{scheme}:")


@pytest.mark.parametrize("url", ["a:" + "b" * (64 << 10), "a:" + "é" * (URL_BYTES_MAX // 2)])
def test_a_url_that_is_too_long_is_refused(url: str) -> None:
    with pytest.raises(Misuse, match="URL_BYTES_MAX"):
        scheme_of(url)


@given(_REST)
@example("///a%00")
@example("//localhost/a")
@example("///../../etc/passwd")
@example("//[")
def test_any_file_url_is_a_path_or_is_refused(rest: str) -> None:
    with suppress(Misuse):
        path = path_of(f"file:{rest}")

        assert path.startswith("/")
        assert ".." not in path.split("/")
        assert path_of(file_url(path)) == path


@given(st.text(min_size=1, max_size=20).filter(lambda name: not set(name) & set("/\0")))
def test_a_path_comes_back_from_its_url(name: str) -> None:
    with suppress(UnicodeEncodeError):
        assert path_of(file_url(f"/tmp/x{name}")) == f"/tmp/x{name}"


def test_a_file_is_copied_under_a_free_name(tmp_path: Path) -> None:
    (tmp_path / "Documents").mkdir()
    source = tmp_path / "a.tar.gz"
    source.write_bytes(b"x")
    copies = [Path(copy_to_inbox(str(source), str(tmp_path))).name for _ in range(3)]

    assert copies == ["a.tar.gz", "a.tar-1.gz", "a.tar-2.gz"]

    with pytest.raises(Misuse, match="no regular file"):
        copy_to_inbox(str(tmp_path), str(tmp_path))

    with pytest.raises(CommandError, match="No such file"):
        copy_to_inbox(str(tmp_path / "none"), str(tmp_path))


def test_choices_are_kept_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    file = tmp_path / "lsd" / "choices.json"
    choices = Choices(file)
    choices.put("notes", "a.b")
    choices.put("other", "c.d")
    choices.forget_app("c.d")

    assert Choices(file).all() == {"notes": "a.b"}

    choices.put("notes", "")

    assert Choices(file).get("notes") == ""

    for damaged in (b"{", b"[1]", b'"text"', b"\xff"):
        file.write_bytes(damaged)

        assert Choices(file).all() == {}


@pytest.mark.parametrize(
    ("manifest", "delegate"),
    [
        (None, None),
        ("YES", None),
        ({}, ""),
        ({"UISceneConfigurations": {}}, ""),
        ({"UISceneConfigurations": []}, ""),
        ({"UISceneConfigurations": {"UIWindowSceneSessionRoleApplication": [3, {}]}}, ""),
        (
            {
                "UISceneConfigurations": {
                    "UIWindowSceneSessionRoleApplication": [
                        {"UISceneDelegateClassName": "$(PRODUCT_MODULE_NAME).SceneDelegate"}
                    ]
                }
            },
            "SceneDelegate",
        ),
    ],
)
def test_the_scene_delegate_is_found_in_any_manifest(manifest: object, delegate: object) -> None:
    keys = {} if manifest is None else {"UIApplicationSceneManifest": manifest}

    assert scene_delegate(_info(**keys)) == delegate


def test_documents_and_schemes_of_any_shape_are_read() -> None:
    kinds = [
        3,
        {},
        {"LSItemContentTypes": "public.text"},
        {"LSItemContentTypes": ["Public.TEXT", 3, "$(TYPE)"]},
        {"LSItemContentTypes": ["public.png"], "CFBundleTypeRole": "None"},
    ]
    schemes = [
        {"CFBundleURLSchemes": ["One", "$(SCHEME)", ""], "CFBundleTypeRole": "Viewer"},
        {"CFBundleURLSchemes": ["two"], "CFBundleTypeRole": "None"},
    ]

    assert document_types(_info(CFBundleDocumentTypes=kinds)) == ("public.text",)
    assert document_types(_info(CFBundleDocumentTypes={})) == ()
    assert list(opened_schemes(_info(CFBundleURLTypes=schemes))) == ["one"]
