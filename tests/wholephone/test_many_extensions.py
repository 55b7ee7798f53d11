"""Twenty extensions of one app, all asked at once: nothing crosses, nothing stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.wholephone.conftest import Phone

pytestmark = pytest.mark.enforces

GROUP = "group.com.example.many"
NAMES = [f"Share{number:02}" for number in range(20)]

SHARE = f"""
    from simulator.sdk.extension import ShareExtension
    from simulator.sdk.foundation import Bundle, FileManager, UserDefaults

    class Share(ShareExtension):
        def begin_request(self, context):
            name = Bundle.main.bundle_identifier.rpartition(".")[2]
            (text,) = [item.load() for item in context.attachments()]
            own = FileManager.default.documents_directory / "own.txt"
            shared = FileManager.default.container_url("{GROUP}") / f"{{name}}.txt"
            found = own.exists()

            for path in (own, shared):
                FileManager.default.write_atomically(text, path)

            UserDefaults(suite_name="{GROUP}").set(text, name)
            context.complete_request([name, text, str(found)])
"""


@pytest.fixture
def crowd(phone: "Phone", app: Callable[..., str]) -> "Phone":
    """A phone on which an app with twenty share extensions is installed."""
    extensions = dict.fromkeys(NAMES, ("com.apple.share-services", SHARE))
    phone.ask("install", path=app(extensions, groups=(GROUP,)))

    return phone


def _share_to_all(phone: "Phone") -> list[Any]:
    def share(name: str) -> Any:
        with closing(phone.another()) as client:
            items = [[["public.plain-text"], "", f"for {name}".encode()]]

            return client.ask("share", bundle_id=f"com.example.Host.{name}", items=items)

    with ThreadPoolExecutor(len(NAMES)) as pool:
        return list(pool.map(share, NAMES))


def test_each_writes_its_own_files_and_nobody_elses(crowd: "Phone") -> None:
    answers = _share_to_all(crowd)
    group = Path(crowd.ask("group", group=GROUP))
    homes = {
        name: Path(
            crowd.ask("get_app_container", bundle_id=f"com.example.Host.{name}", container="data")
        )
        for name in NAMES
    }

    assert [answer["returned"][:3] for answer in answers] == [
        [name, f"for {name}", "False"] for name in NAMES
    ]
    assert len({answer["pid"] for answer in answers}) == len(NAMES)
    assert {path.name: path.read_text() for path in group.glob("*.txt")} == {
        f"{name}.txt": f"for {name}" for name in NAMES
    }
    assert {name: (home / "Documents" / "own.txt").read_text() for name, home in homes.items()} == {
        name: f"for {name}" for name in NAMES
    }
    assert crowd.ask("defaults", domain=GROUP) == {name: f"for {name}" for name in NAMES}


def test_none_of_them_stays(crowd: "Phone") -> None:
    _share_to_all(crowd)
    crowd.until(lambda: not crowd.ask("ps"))
    ended = crowd.events("exit", "exit")

    assert sorted(row["resource"] for row in ended) == [f"com.example.Host.{n}" for n in NAMES]
    assert {row["detail"]["reason"] for row in ended} == {
        "ended by the system: its request is over"
    }


def test_the_next_request_of_each_meets_a_new_process_and_its_old_files(crowd: "Phone") -> None:
    first = _share_to_all(crowd)
    second = _share_to_all(crowd)

    assert {answer["ordinal"] for answer in first} == {1}
    assert {answer["ordinal"] for answer in second} == {2}
    assert [answer["returned"][2] for answer in second] == ["True"] * len(NAMES)
