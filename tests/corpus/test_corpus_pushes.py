"""Real payloads, pushed at Notes; they are no part of this project."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.control.client import Client
from simulator.control.service import Service
from simulator.device.settings import device_socket
from simulator.xpc.errors import Misuse, SimulatorError

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SIMULATOR_CORPUS", _ROOT.parent / "shared" / "corpus"))
PAYLOADS = CORPUS / "apns"
NOTES = "com.example.Notes"

pytestmark = [
    pytest.mark.enforces,
    pytest.mark.skipif(
        not PAYLOADS.is_dir(),
        reason=f"no corpus of real pushes at {CORPUS} (SIMULATOR_CORPUS says where it is)",
    ),
]


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A phone on which Notes is installed."""
    service = Service(tmp_path_factory.mktemp("pushes"))

    try:
        udid = str(service.ask("create", name="phone", type="iPhone 17"))
        service.ask("boot", udid=udid)

        with closing(Client(device_socket(service.device_set, udid), "the phone")) as client:
            client.ask("install", path=str(_ROOT / "apps" / "Notes.app"))
            yield client
    finally:
        service.stop()


def _ask(phone: Client, verb: str, **arguments: object) -> Any:
    return phone.ask(verb, **arguments)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.apns")), ids=lambda path: path.stem)
def test_a_real_push_is_shown_or_changed_or_says_why_not(path: Path, phone: Client) -> None:
    data = path.read_bytes()
    aps = json.loads(data)["aps"]
    alert = aps.get("alert", {})
    delivered = _ask(phone, "push", bundle_id=NOTES, payload=data)

    if "alert" not in aps:
        assert delivered["note"] == "a background push shows nothing"
        assert not delivered["shown"]
        return

    banner = _ask(phone, "screen")["banners"][0]
    changed = "com.example.Notes.NotesPush" if aps.get("mutable-content") else ""
    told = {"body": alert} if isinstance(alert, str) else alert

    assert delivered["shown"]
    assert delivered["changed_by"] == banner["changed_by"] == changed
    assert delivered["note"] == ""
    assert [banner["title"], banner["body"]] == [told.get("title", ""), told["body"]]
    assert banner["subtitle"] == ("from Notes" if changed else told.get("subtitle", ""))
    assert banner["badge"] == aps.get("badge")


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.apns")), ids=lambda path: path.stem)
def test_a_real_push_finds_the_app_that_it_names_or_says_that_it_names_none(
    path: Path, phone: Client
) -> None:
    data = path.read_bytes()
    target = json.loads(data).get("Simulator Target Bundle")

    with pytest.raises(
        SimulatorError, match=f"{target} is no installed app|no app is named"
    ) as told:
        phone.ask("push", payload=data)

    assert isinstance(told.value, Misuse) is (target is None)
