"""What is refused at the installation, what is never offered, and where keys count."""

import plistlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from simulator.bundles.bundle import read_bundle
from simulator.xpc.errors import BundleError, CommandError, Misuse

if TYPE_CHECKING:
    from collections.abc import Callable

    Programs = Callable[..., dict[str, str]]

INFO = "Owner.app/PlugIns/Share.appex/Info.plist"
POINT = "com.apple.share-services"
TEXT = [[["public.plain-text"], "", b"x"]]


def refused(host: Any, share_of: "Programs", **changes: object) -> BundleError:
    """Return why an app is not installed whose share extension's plist has these keys."""
    path = host.write("Owner", share_of("Share"), info={"Share": changes})

    with pytest.raises(BundleError) as caught:
        host.device.install(path)

    assert host.device.ask("listapps") == []
    assert list((host.device.folder / "data/Containers/Bundle/Application").iterdir()) == []

    return caught.value


@pytest.mark.contract("E7")
@pytest.mark.parametrize("identifier", ["com.example.OwnerShare", "org.other.Share"])
def test_an_extension_without_its_apps_identifier_in_front_is_not_installed(
    host: Any, share_of: "Programs", identifier: str
) -> None:
    error = refused(host, share_of, CFBundleIdentifier=identifier)

    assert (error.file, error.key) == (INFO, "CFBundleIdentifier")
    assert error.problem.startswith(
        "Embedded binary's bundle identifier is not prefixed with the parent app's bundle "
        f"identifier: it is {identifier}"
    )


@pytest.mark.contract("E8")
@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ({"NSExtensionPrincipalClass": "Share"}, "NSExtension.NSExtensionPointIdentifier"),
        ({"NSExtensionPointIdentifier": " "}, "NSExtension.NSExtensionPointIdentifier"),
        ({"NSExtensionPointIdentifier": 7}, "NSExtension.NSExtensionPointIdentifier"),
        (None, "NSExtension"),
    ],
)
def test_an_extension_that_names_no_point_is_not_installed(
    host: Any, share_of: "Programs", declared: object, key: str
) -> None:
    error = refused(host, share_of, NSExtension=declared)

    assert (error.file, error.key) == (INFO, key)


@pytest.mark.contract("E9")
@pytest.mark.parametrize(
    ("point", "standing"),
    [("com.example.our-own-point", "unknown"), ("com.apple.share-service", "unknown")],
)
def test_an_extension_of_an_unknown_point_is_installed_said_and_never_offered(
    host: Any, share_of: "Programs", point: str, standing: str
) -> None:
    declared = {
        "NSExtensionPointIdentifier": point,
        "NSExtensionAttributes": {"NSExtensionActivationRule": "TRUEPREDICATE"},
    }
    path = host.write("Owner", share_of("Share"), info={"Share": {"NSExtension": declared}})
    answer = cast("dict[str, list[str]]", host.device.ask("install", path=str(path)))
    (row,) = cast("list[dict[str, object]]", host.device.ask("extensions"))
    (remark,) = answer["remarks"]

    assert (row["point"], row["standing"], row["simulated"]) == (point, standing, False)
    assert host.device.ask("share_offers", items=TEXT) == []
    assert f"{point} is no extension point that is known" in remark
    assert remark.endswith("did you mean com.apple.share-services?") is ("apple" in point)

    with pytest.raises(Misuse, match="is no share extension"):
        host.device.ask("share", bundle_id="com.example.Owner.Share", items=TEXT)

    assert list(host.device.events.of(kind="launch")) == []


@pytest.mark.contract("E9")
def test_a_known_point_that_is_not_simulated_is_listed_as_that(
    host: Any, share_of: "Programs"
) -> None:
    declared = {"NSExtensionPointIdentifier": "com.apple.intents-service"}
    path = host.write("Owner", share_of("Share"), info={"Share": {"NSExtension": declared}})
    answer = cast("dict[str, list[str]]", host.device.ask("install", path=str(path)))
    (row,) = cast("list[dict[str, object]]", host.device.ask("extensions"))
    (app,) = cast("list[dict[str, Any]]", host.device.ask("listapps"))

    assert row["standing"] == "not simulated"
    assert app["extensions"][0]["standing"] == "not simulated"
    assert "com.apple.intents-service (Intents) is not simulated" in answer["remarks"][0]


@pytest.mark.contract("E10")
@pytest.mark.parametrize("place", ["top", "attributes"])
def test_a_principal_class_at_another_depth_counts_for_nothing(
    host: Any, place: str, two_classes: str
) -> None:
    named = {"NSExtensionPrincipalClass": "Share.Right"}
    rule = {"NSExtensionActivationRule": "TRUEPREDICATE"}
    declared: dict[str, object] = {
        "NSExtensionPointIdentifier": POINT,
        "NSExtensionAttributes": {**rule, **(named if place == "attributes" else {})},
    }
    wrong = {"NSExtension": declared, **(named if place == "top" else {})}
    right = {"NSExtension": {**declared, **named, "NSExtensionAttributes": rule}}
    app = host.install("Owner", {"Share": two_classes}, info={"Share": wrong})

    with pytest.raises(CommandError, match="needs exactly one subclass of ShareExtension"):
        host.device.ask("share", bundle_id=f"{app}.Share", items=TEXT)

    host.install("Owner", {"Share": two_classes}, info={"Share": right})

    assert host.share(f"{app}.Share", "x") == "Right"


@pytest.mark.contract("E10")
def test_attributes_at_another_depth_are_kept_and_offer_nothing(
    host: Any, share_of: "Programs"
) -> None:
    attributes = {"NSExtensionActivationRule": "TRUEPREDICATE"}
    changes = {
        "NSExtension": {"NSExtensionPointIdentifier": POINT},
        "NSExtensionAttributes": attributes,
    }
    app = host.install("Owner", share_of("Share"), info={"Share": changes})
    (offer,) = cast("list[list[object]]", host.device.ask("share_offers", items=TEXT))
    told = [event.reason for event in host.device.events.of(kind="install", operation="remark")]
    installed = Path(str(host.device.ask("get_app_container", bundle_id=f"{app}.Share")))

    assert offer[2:] == [False, "NSExtensionActivationRule is missing"]
    assert any("NSExtensionAttributes: it stands at the top level" in reason for reason in told)
    assert plistlib.loads((installed / "Info.plist").read_bytes())["NSExtensionAttributes"] == (
        attributes
    )


@pytest.mark.contract("E11")
@pytest.mark.parametrize("modes", [["audio"], [], "audio"])
def test_an_extension_with_background_modes_is_not_installed(
    host: Any, share_of: "Programs", modes: object
) -> None:
    error = refused(host, share_of, UIBackgroundModes=modes)

    assert (error.file, error.key) == (INFO, "UIBackgroundModes")


@pytest.mark.contract("E11")
def test_an_app_has_background_modes_as_it_likes(host: Any) -> None:
    path = host.write("Owner")
    keys = plistlib.loads((path / "Info.plist").read_bytes())
    (path / "Info.plist").write_bytes(plistlib.dumps({**keys, "UIBackgroundModes": ["audio"]}))

    assert host.device.install(path) == "com.example.Owner"
    assert read_bundle(path).info.raw["UIBackgroundModes"] == ["audio"]
