"""Links at the tool: who takes a URL, the device's own internet, swcutil."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing.bundles import make_app

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

SITE = {
    "applinks": {
        "details": [
            {
                "appIDs": ["EXAMPLE123.com.example.Shop"],
                "components": [{"/": "/buy/old/*", "exclude": True}, {"/": "/buy/*"}],
            }
        ]
    }
}
HEAD = "{ s = applinks, a = EXAMPLE123.com.example.Shop, d = shop.example.com }: "
SOURCE = "from simulator.sdk.uikit import Application\nclass Shop(Application): pass\n"


def ok(said: Said) -> str:
    assert said.returncode == 0, said.stderr

    return said.stdout


@pytest.fixture(scope="module")
def shop(phone: Simctl, tmp_path_factory: pytest.TempPathFactory) -> Simctl:
    """simctl, with an app whose site is served."""
    folder = tmp_path_factory.mktemp("shop")
    rights = {"com.apple.developer.associated-domains": ["applinks:shop.example.com"]}
    app = make_app(folder, "Shop", source=SOURCE, schemes=["shop", "notes"], entitlements=rights)
    (folder / "sites").mkdir()
    (folder / "sites" / "shop.example.com.json").write_text(json.dumps(SITE))
    ok(phone("install", str(app)))
    ok(phone("domain", "add", "booted", str(folder / "sites")))

    return phone


def test_openurl_is_silent_and_says_who_took_it_when_asked(shop: Simctl) -> None:
    assert ok(shop("openurl", "booted", "shop:x")) == ""
    assert ok(shop("openurl", "-v", "shop:x")).splitlines() == [
        "app: com.example.Shop (Shop)",
        "how: scheme",
        "why: it claims the scheme 'shop'",
    ]

    told = json.loads(ok(shop("openurl", "--json", "https://shop.example.com/buy/1")))

    assert told["bundleIdentifier"] == "com.example.Shop"
    assert told["how"] == "universal link"
    assert told["pid"] > 0


def test_a_link_that_no_app_takes_is_seen_in_the_browser(shop: Simctl) -> None:
    told = json.loads(ok(shop("openurl", "--json", "https://shop.example.com/buy/old/1")))

    assert (told["bundleIdentifier"], told["pid"]) == ("com.apple.mobilesafari", 0)
    assert "blocked match" in told["reason"]

    screen = ok(shop("screen"))

    assert "Safari" in screen
    assert "https://shop.example.com/buy/old/1" in screen


def test_a_scheme_of_two_apps_wants_a_choice(shop: Simctl) -> None:
    said = shop("openurl", "notes:x")

    assert said.returncode == 1
    assert "com.example.Notes, com.example.Shop" in said.stderr
    assert "--with" in said.stderr

    assert shop("openurl", "--always", "notes:x").returncode == 1
    assert ok(shop("openurl", "--with", "com.example.Shop", "--always", "notes:x")) == ""
    assert "notes\tcom.example.Notes, com.example.Shop (chosen)" in ok(shop("schemes"))
    assert ok(shop("schemes", "choose", "notes", "com.example.Notes")) == ""
    assert "Notes" in ok(shop("openurl", "-v", "notes:new?text=chosen"))
    assert ok(shop("schemes", "booted", "choose", "notes")) == ""
    assert shop("openurl", "notes:x").returncode == 1
    assert {"scheme": "tel", "apps": ["com.apple.mobilephone"], "chosen": ""} in json.loads(
        ok(shop("schemes", "--json"))
    )


def test_swcutil_verifies_in_its_words(shop: Simctl, tmp_path: Path) -> None:
    where = ("swcutil", "verify", "-d", "shop.example.com", "-u")
    said = [
        shop(*where, f"https://shop.example.com{path}") for path in ("/buy/1", "/buy/old/1", "/")
    ]

    assert [each.returncode for each in said] == [0, 1, 1]
    assert [each.stdout for each in said] == [
        f'{HEAD}Pattern {{"/": "/buy/*"}} matched.\n',
        f'{HEAD}Pattern {{"/": "/buy/old/*", "exclude": true}} blocked match.\n',
        f"{HEAD}No pattern matched.\n",
    ]

    (tmp_path / "file.json").write_text("{")
    said_of_file = shop(*where, "https://a.b/", "-j", str(tmp_path / "file.json"))

    assert said_of_file.returncode == 1
    assert "it is no JSON" in said_of_file.stderr


def test_a_link_of_another_host_matches_nothing(shop: Simctl) -> None:
    where = ("swcutil", "verify", "-d", "shop.example.com", "-u")
    other = shop(*where, "https://other.example.com/buy/1")

    assert other.returncode == 1
    assert other.stdout == (
        f"{HEAD}No pattern matched. The link is one of other.example.com, "
        "not of shop.example.com.\n"
    )
    assert shop(*where, "https://evilshop.example.com/buy/1").returncode == 1
    assert shop(*where, "https://SHOP.example.com/buy/1").returncode == 0
    assert shop(*where, "https://www.shop.example.com/buy/1").returncode == 0


def test_a_match_of_an_app_that_is_not_installed_is_told(shop: Simctl, tmp_path: Path) -> None:
    where = ("swcutil", "verify", "-d", "shop.example.com", "-u")
    link = "https://shop.example.com/buy/1"
    stranger = json.dumps(SITE).replace("EXAMPLE123", "OTHER12345")
    (tmp_path / "file.json").write_text(stranger)
    said = shop(*where, link, "-j", str(tmp_path / "file.json"))

    assert shop(*where, link).stderr == ""
    assert said.returncode == 0
    assert said.stderr == (
        "note: the file names OTHER12345.com.example.Shop, and no installed app of that "
        "application identifier has applinks:shop.example.com among its associated domains: "
        "the link opens no app here\n"
    )


def test_swcutil_shows_what_the_site_agreed_to(shop: Simctl) -> None:
    shown = ok(shop("swcutil", "show"))
    rows = json.loads(ok(shop("swcutil", "show", "-d", "shop.example.com", "--json")))

    assert "Service:              applinks\n" in shown
    assert "App ID:               EXAMPLE123.com.example.Shop\n" in shown
    assert "Site/Fmwk Approval:   approved\n" in shown
    assert "App ID:               EXAMPLE123.com.example.Notes\n" in shown
    assert [row["approval"] for row in rows] == ["approved"]
    assert json.loads(ok(shop("swcutil", "dl", "-d", "shop.example.com"))) == SITE
    assert shop("swcutil", "dl", "-d", "nowhere.example.com").returncode == 1


def test_developer_mode_is_switched(shop: Simctl) -> None:
    assert ok(shop("swcutil", "developer-mode")) == "off\n"
    assert ok(shop("swcutil", "developer-mode", "-e", "true")) == ""
    assert ok(shop("swcutil", "developer-mode", "booted")) == "on\n"
    assert ok(shop("swcutil", "developer-mode", "-e", "false")) == ""


def test_a_domain_that_fails_is_listed_logged_and_removed(shop: Simctl) -> None:
    ok(shop("domain", "add", "other.example.com", "--redirect", "https://x.example.com"))
    ok(shop("domain", "add", "booted", "third.example.com", "-", stdin="{}"))

    assert ok(shop("domain", "list")).splitlines() == [
        "other.example.com\t302\tredirects to https://x.example.com\tapplication/json",
        f"shop.example.com\t200\t{len(json.dumps(SITE))} bytes\tapplication/json",
        "third.example.com\t200\t2 bytes\tapplication/json",
    ]

    head, *log = ok(shop("domain", "log")).splitlines()
    fetched = [line.split("\t")[2:] for line in log if "shop.example.com" in line.split("\t")[1]]
    times = [float(line.split("\t")[0]) for line in log if not line.startswith(" ")]

    assert head.split("\t") == ["TIME", "URL", "STATUS", "SIZE", "RESULT"]
    assert times == sorted(times)
    assert times[-1] > times[0] > 0
    assert fetched[0][:2] == ["0", "0 bytes"]
    assert fetched[0][2].startswith("no such host")
    assert fetched[1] == ["200", f"{len(json.dumps(SITE))} bytes", "ok"]
    assert ok(shop("domain", "remove", "other.example.com")) == ""
    assert ok(shop("domain", "remove", "third.example.com")) == ""
    assert shop("domain", "remove", "third.example.com").returncode == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (json.dumps(SITE), ""),
        ("{", "it is no JSON"),
        ('{"applinks": {"details": [{"appID": 7, "paths": []}]}}', "note: broken.example.com: "),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_it_is_served(
    shop: Simctl, body: str, told: str
) -> None:
    said = shop("domain", "add", "broken.example.com", "-", stdin=body)
    failing = shop("domain", "add", "broken.example.com", "-", "--status", "404", stdin=body)

    assert said.returncode == 0
    assert told in said.stderr
    assert bool(said.stderr) is bool(told)
    assert failing.stderr == ""
    assert "broken.example.com\t404" in ok(shop("domain", "list"))
    assert ok(shop("domain", "remove", "broken.example.com")) == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("domain", "add", "example.com"), "Missing argument: <file>"),
        (("domain", "add", "example.com", "/nowhere"), "No such file"),
        (("domain", "add", "a/b", "/dev/null"), "is no domain"),
        (("domain", "add", "a.b", "--status", "99"), "--status takes"),
        (("swcutil", "verify", "-d", "x"), "verify needs"),
        (("schemes", "choose", "shop", "com.example.Notes"), "does not claim"),
        (("openurl", "--with", "com.example.Notes", "shop:x"), "does not open it"),
    ],
)
def test_wrong_words_are_explained(shop: Simctl, words: tuple[str, ...], complaint: str) -> None:
    said = shop(*words)

    assert said.returncode != 0
    assert complaint in said.stderr
    assert "Traceback" not in said.stderr
