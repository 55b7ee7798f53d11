import pytest

from simulator.bundles.info import BUNDLE_ID_MAX, EMBEDDED_MAX, InfoPlist, parse_info
from simulator.xpc.errors import BundleError

ID = {"CFBundleIdentifier": "com.example.Notes"}
POINT = {"NSExtensionPointIdentifier": "com.apple.share-services"}


def read(keys: dict[str, object]) -> InfoPlist:
    return parse_info({**ID, **keys}, file="Notes.app/Info.plist", stem="Notes")


def refusal(keys: dict[str, object]) -> BundleError:
    with pytest.raises(BundleError) as caught:
        read(keys)

    assert caught.value.file == "Notes.app/Info.plist"

    return caught.value


def test_an_identifier_is_all_that_is_required() -> None:
    info = read({})

    assert info.bundle_id == "com.example.Notes"
    assert info.executable == "Notes"
    assert info.extension is None
    assert info.url_types == ()


def test_unknown_keys_are_kept() -> None:
    info = read({"UIDeviceFamily": [1, 2], "raw": "x", "bundle_id": "y"})

    assert info.raw == {"UIDeviceFamily": [1, 2], "raw": "x", "bundle_id": "y"}
    assert info.bundle_id == "com.example.Notes"


def test_the_value_is_frozen() -> None:
    info = read({})

    with pytest.raises(ValueError, match="frozen"):
        setattr(info, "name", "other")  # noqa: B010 - the type checker refuses the plain form


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("$(PRODUCT_BUNDLE_IDENTIFIER)", "the build variable PRODUCT_BUNDLE_IDENTIFIER"),
        ("com.example.${NAME:rfc1034identifier}", "the build variable NAME"),
        ("com/example", "the character '/'"),
        ("com.example.Grüße", "the character 'ü'"),
        ("com.example\n", "the character"),
        ("", "words with one dot"),
        (".com.example", "words with one dot"),
        ("com.example.", "words with one dot"),
        ("com..example", "words with one dot"),
        ("a" * (BUNDLE_ID_MAX + 1), f"the limit is {BUNDLE_ID_MAX}"),
    ],
)
def test_an_identifier_that_names_nothing_is_refused(identifier: str, words: str) -> None:
    error = refusal({"CFBundleIdentifier": identifier})

    assert error.key == "CFBundleIdentifier"
    assert words in error.problem


def test_a_missing_identifier_is_told_with_an_example() -> None:
    with pytest.raises(BundleError) as caught:
        parse_info({}, file="Notes.app/Info.plist", stem="Notes")

    assert str(caught.value) == (
        "Notes.app/Info.plist: CFBundleIdentifier: the key is missing; "
        "it should name the bundle, for example com.example.Notes"
    )


@pytest.mark.parametrize("given", ["$(EXECUTABLE_NAME)", "${PRODUCT_NAME}"])
def test_an_executable_that_xcode_would_have_filled_in_is_the_folders_stem(given: str) -> None:
    assert read({"CFBundleExecutable": given}).executable == "Notes"


@pytest.mark.parametrize("given", ["../Notes", "a/b", "..", "", "a\0b", "."])
def test_an_executable_is_a_plain_file_name(given: str) -> None:
    error = refusal({"CFBundleExecutable": given})

    assert error.key == "CFBundleExecutable"
    assert "plain file name" in error.problem


def test_versions_may_be_numbers() -> None:
    info = read({"CFBundleVersion": 7, "CFBundleShortVersionString": 1.5})

    assert (info.version, info.short_version) == ("7", "1.5")


def test_build_variables_in_optional_keys_are_accepted() -> None:
    assert read({"CFBundleName": "$(PRODUCT_NAME)"}).name == "$(PRODUCT_NAME)"


@pytest.mark.parametrize(
    ("keys", "key", "problem"),
    [
        (
            {"CFBundleURLTypes": [{"CFBundleURLSchemes": "notes"}]},
            "CFBundleURLTypes[0].CFBundleURLSchemes",
            "it is a string; it should be an array",
        ),
        (
            {"CFBundleURLTypes": [{}, {"CFBundleURLSchemes": ["notes", 5]}]},
            "CFBundleURLTypes[1].CFBundleURLSchemes[1]",
            "it is an integer; it should be a string",
        ),
        ({"CFBundleURLTypes": {}}, "CFBundleURLTypes", "it is a dictionary; it should be an array"),
        ({"CFBundleURLTypes": [[]]}, "CFBundleURLTypes[0]", "it is an array; it should be a dict"),
        ({"CFBundleName": b"x"}, "CFBundleName", "it is data; it should be a string"),
        ({"CFBundleVersion": True}, "CFBundleVersion", "it is a boolean; it should be a string"),
        ({"LSApplicationQueriesSchemes": 1.5}, "LSApplicationQueriesSchemes", "a real number"),
        ({"NSExtension": "share"}, "NSExtension", "it is a string; it should be a dictionary"),
        (
            {"NSExtension": {**POINT, "NSExtensionAttributes": []}},
            "NSExtension.NSExtensionAttributes",
            "it is an array; it should be a dictionary",
        ),
        (
            {"NSExtension": {"NSExtensionPointIdentifier": " "}},
            "NSExtension.NSExtensionPointIdentifier",
            "it is empty",
        ),
        (
            {"EXAppExtensionAttributes": {}},
            "EXAppExtensionAttributes.EXExtensionPointIdentifier",
            "the key is missing",
        ),
        ({"SIMEmbeddedExtensions": ["../X.appex"]}, "SIMEmbeddedExtensions", "a folder's name"),
        ({"SIMEmbeddedExtensions": ["a/X.appex"]}, "SIMEmbeddedExtensions", "plain file name"),
        ({"SIMEmbeddedExtensions": ["X"]}, "SIMEmbeddedExtensions", "such as Share.appex"),
        ({"SIMEmbeddedExtensions": ["X.appex"] * 2}, "SIMEmbeddedExtensions", "twice"),
        (
            {"SIMEmbeddedExtensions": [f"{number}.appex" for number in range(EMBEDDED_MAX + 1)]},
            "SIMEmbeddedExtensions",
            f"the limit is {EMBEDDED_MAX}",
        ),
        ({"SIMEmbeddedExtensions": ["\x1b.appex"]}, "SIMEmbeddedExtensions", r"'\x1b'"),
        ({"CFBundleExecutable": "a\x07"}, "CFBundleExecutable", "the control character"),
        ({"CFBundleName": "a\u202eb"}, "CFBundleName", "the control character"),
        ({"CFBundleDisplayName": "a\nb"}, "CFBundleDisplayName", "the control character"),
    ],
)
def test_a_wrong_value_is_told_by_its_key_path(
    keys: dict[str, object],
    key: str,
    problem: str,
) -> None:
    error = refusal(keys)

    assert error.key == key
    assert problem in error.problem


@pytest.mark.contract("E8")
def test_an_extension_without_a_point_is_invalid() -> None:
    error = refusal({"NSExtension": {"NSExtensionPrincipalClass": "Share"}})

    assert error.key == "NSExtension.NSExtensionPointIdentifier"
    assert "com.apple.share-services" in error.problem


@pytest.mark.contract("E10")
def test_the_extensions_keys_count_only_as_direct_children() -> None:
    inner = {"NSExtensionPrincipalClass": "Share", "NSExtensionMainStoryboard": "Main"}
    info = read({**inner, "NSExtension": {**POINT, "NSExtensionAttributes": inner}})

    assert info.extension is not None
    assert info.extension.principal_class == ""
    assert info.extension.main_storyboard == ""


def test_the_activation_rule_is_given_as_it_was_read() -> None:
    rule = {"NSExtensionActivationSupportsText": True}
    attributes = {"NSExtensionActivationRule": rule}
    with_rule = read({"NSExtension": {**POINT, "NSExtensionAttributes": attributes}}).extension
    without = read({"NSExtension": POINT}).extension

    assert with_rule is not None
    assert with_rule.activation_rule == rule
    assert without is not None
    assert without.activation_rule is None


def test_the_newer_extension_points_are_read_too() -> None:
    keys = {"EXExtensionPointIdentifier": "com.apple.appintents-extension"}
    info = read({"EXAppExtensionAttributes": keys})

    assert info.extension_kit is not None
    assert info.extension_kit.point == "com.apple.appintents-extension"
