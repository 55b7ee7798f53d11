"""The plugin, used by a test suite of its own in a pytest of its own."""

import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each starts a pytest of its own

SHARE = "com.example.Notes.ShareToNotes"

PASSING = f"""
def test_a_shared_text_reaches_the_running_app(device):
    notes = device.launch("Notes")
    sheet = device.share("buy milk")

    assert sheet.offers == ["{SHARE}"]

    sheet.choose("{SHARE}")
    notes.wait_until(lambda: "buy milk" in notes.screen)

    assert device.group("group.com.example.notes").defaults == {{"count": 1}}
    with open("sets", "a") as file: print(device.folder.parent, device.udid, file=file)
"""

CLASSES = """
import pytest
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application, View

GROUP = "group.com.example.made"


def folder():
    return FileManager.default.container_url(GROUP)


class Reader(Application):
    def did_finish_launching(self, options):
        print("I am the reader")
        self.show(View("Reader", [path.name for path in sorted(folder().glob("*.txt"))]))

    def open_url(self, url, options):
        raise KeyError("line 20")


class Writer(ShareExtension):
    def begin_request(self, context):
        (folder() / f"{context.attachments()[0].load()}.txt").write_text("x")
        context.complete_request(["written"])
"""


ALL_POINTS = """
from simulator.sdk.keyboard import InputViewController
from simulator.sdk.uikit import Application, View
from simulator.sdk.usernotifications import NotificationServiceExtension
from simulator.sdk.widgetkit import Entry, Timeline, Widget, now


class Host(Application):
    def did_finish_launching(self, options):
        self.show(View("Host", fields=["name"]))


class Keys(InputViewController):
    def key_tapped(self, key):
        self.text_document_proxy.insert_text(key.upper())


class Pushed(NotificationServiceExtension):
    def did_receive(self, request, content_handler):
        content = request.content.mutable_copy()
        content.subtitle = "changed"
        content_handler(content)


class Clock(Widget):
    def timeline(self, context):
        return Timeline([Entry(now(), View("Clock"))], policy=Timeline.never)


def test_each_works(device):
    host = device.install(Host, Keys, Pushed, Clock)
    device.launch(host)
    device.type("ab", keyboard="com.example.Host.Keys")
    device.wait_until(lambda: "AB" in device.fields.values())
    banner = device.push(host, alert="hello", mutable_content=True)
    device.reload_widget("com.example.Host.Clock")

    assert (banner.subtitle, banner.changed_by) == ("changed", "com.example.Host.Pushed")
    assert [shown.title for shown in device.widgets] == ["Clock"]
"""


@pytest.fixture(autouse=True)
def only_our_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else happens to be installed costs each of these runs a second."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(source)

    return pytester.runpytest_subprocess(
        "-p", "simulator.testing.plugin", "-o", "simulator_timeout=30", *arguments
    )


def processes_of(folder: str) -> list[str]:
    """Return the command lines that name a folder."""
    found = []

    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
            except (FileNotFoundError, ProcessLookupError):
                continue

            if folder in line:
                found.append(line)

    return found


def expect_nothing_left(pytester: pytest.Pytester) -> int:
    """Return how many devices there were."""
    rows = [line.split() for line in (pytester.path / "sets").read_text().splitlines()]

    for folder, udid in rows:
        assert processes_of(folder) == []
        assert not Path(folder).exists()
        assert not [name for name in os.listdir("/dev/shm") if udid in name]

    return len(rows)


def test_a_scenario_passes_and_leaves_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester, PASSING)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["simulator: level *"])

    assert expect_nothing_left(pytester) == 1


def test_workers_of_xdist_have_a_device_set_each(pytester: pytest.Pytester) -> None:
    source = PASSING + PASSING.replace("test_a_", "test_another_")
    result = run(pytester, source, "-p", "xdist", "-n", "2")
    result.assert_outcomes(passed=2)

    assert expect_nothing_left(pytester) == 2


def test_classes_of_every_point_can_be_installed(pytester: pytest.Pytester) -> None:
    run(pytester, ALL_POINTS).assert_outcomes(passed=1)


FAILING = (
    CLASSES
    + """

def test_it_fails(device):
    device.install(Reader, Writer)
    reader = device.launch("Reader")
    device.share("note", to="com.example.Reader.Writer")
    reader.wait_until(lambda: "note.txt" in reader.screen)
"""
)


def test_a_failure_names_its_cause_first_and_shows_the_guests_lines(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, FAILING)
    result.assert_outcomes(failed=1)
    lines = [line for line in result.outlines if line.startswith("E  ")]
    text = "\n".join(lines[:5])

    # The classes were installed without groups=: the container is nil, and the guest crashed.
    assert "com.example.Reader" in text
    assert "crashed: " in text

    result.stdout.fnmatch_lines(["*the last lines of com.example.Reader/1*", "I am the reader"])


STORY = (
    CLASSES
    + """

def test_it_fails(device):
    device.install(Reader, Writer, groups=[GROUP])
    reader = device.launch("Reader")
    assert device.share("note").choose("com.example.Reader.Writer").returned == ("written",)
    reader.wait_until(lambda: "note.txt" in reader.screen)
"""
)


def test_a_failed_wait_tells_the_story(pytester: pytest.Pytester) -> None:
    result = run(pytester, STORY, "-o", "simulator_timeout=0.1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            'E  *never came true: "note.txt" in reader.screen (waited 0.1 s of device time)',
            "E  *launchd*started com.example.Reader",
            "E  *Reader*is ready*",
            "E  *launchd*started com.example.Reader.Writer*because of *",
            "E  *Writer*share completed*",
            "*the last lines of com.example.Reader/1*",
            "I am the reader",
            "*the same randomness again*",
            "--simulator-seed *",
        ]
    )


def test_a_patience_that_is_no_number_is_refused(pytester: pytest.Pytester) -> None:
    result = run(pytester, STORY, "-o", "simulator_timeout=soon")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*simulator_timeout: 'soon' is no number of seconds"])


CRASH = (
    CLASSES
    + """

def test_it_fails(device):
    device.install(Reader, groups=[GROUP], schemes=["reader"])
    reader = device.launch("Reader")
    device.open_url("reader:x")
    reader.wait_until(lambda: "never" in reader.screen, timeout_s=60)
"""
)


def test_a_crash_ends_the_wait_at_once_and_names_the_test_modules_line(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, CRASH)
    result.assert_outcomes(failed=1)
    line = 1 + next(
        n for n, text in enumerate(CLASSES.strip().splitlines(), 1) if "open_url" in text
    )
    result.stdout.fnmatch_lines(
        [
            'E  *never came true: "never" in reader.screen (com.example.Reader crashed: KeyError*)',
            "E  *the likely cause:",
            f"E  *Reader*crashed: KeyError: 'line 20' (Reader.py:{line})*",
        ]
    )


def test_a_value_instead_of_a_condition_is_explained(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it_fails(device):
            notes = device.launch("Notes")
            notes.wait_until("buy milk" in notes.screen)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E  *Misuse: wait_until was given False*pass a callable*lambda: *"]
    )


SEED = """
import pytest

@pytest.mark.device(seed="abcd")
def test_seed(device):
    with open("seeds", "a") as file: print(device.seed.hex(), file=file)
"""


@pytest.mark.parametrize(
    ("arguments", "seed"), [((), "abcd"), (("--simulator-seed", "1234"), "1234")]
)
def test_the_seed_comes_from_the_option_else_from_the_mark(
    arguments: tuple[str, ...], seed: str, pytester: pytest.Pytester
) -> None:
    run(pytester, SEED, *arguments).assert_outcomes(passed=1)

    assert (pytester.path / "seeds").read_text().strip() == seed.zfill(64)


def test_a_seed_that_is_none_is_refused(pytester: pytest.Pytester) -> None:
    result = run(pytester, SEED, "--simulator-seed", "xyz")

    assert result.ret == pytest.ExitCode.USAGE_ERROR

    result.stderr.fnmatch_lines(["*--simulator-seed: *"])


def test_a_kept_device_is_named_and_can_be_looked_at(pytester: pytest.Pytester) -> None:
    import shutil

    result = run(pytester, PASSING, "--simulator-keep")
    result.assert_outcomes(passed=1)
    (line,) = [line for line in result.outlines if line.startswith("simulator device kept: ")]
    folder = Path(line.partition(": ")[2])

    assert (folder / "device.plist").exists()
    assert list(folder.glob("data/Containers/Shared/AppGroup/*/notes/0000.txt"))
    assert processes_of(str(folder.parent)) == []

    shutil.rmtree(folder.parent)


LEVEL = """
import pytest
import simulator.control.service

@pytest.fixture(scope="session")
def device_set(device_set):
    class Weak:
        def __getattr__(self, name): return getattr(device_set, name)
        def ask(self, verb, **arguments):
            if verb == "doctor":
                failed = [["landlock", False, "is missing"]]
                return {"level": "UNSEALED", "levels": {"SEALED": failed, "STRONG": failed}}
            return device_set.ask(verb, **arguments)
    return Weak()

@pytest.mark.enforces
def test_needs_the_kernel(device): pass

def test_does_not(device): pass
"""


def test_a_test_that_needs_enforcement_skips_with_the_reason(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIMULATOR_MUST_ENFORCE", raising=False)
    result = run(pytester, LEVEL, "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*UNSEALED here, not STRONG (landlock: is missing)"])


def test_where_the_kernel_must_enforce_nothing_is_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_MUST_ENFORCE", "1")
    result = run(pytester, LEVEL)
    result.assert_outcomes(errors=2)
    result.stdout.re_match_lines([r".*and SIMULATOR_MUST_ENFORCE=1"])


def test_the_plugin_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        probe="""
        import sys, pytest
        before = set(sys.modules)
        import simulator.testing.plugin
        print(sorted(set(sys.modules) - before))
        """
    )
    result = pytester.runpython(pytester.path / "probe.py")
    (line,) = result.outlines

    assert re.findall(r"'([^']*)'", line) == [
        "simulator",
        "simulator.testing",
        "simulator.testing.plugin",
    ]


def test_an_interrupted_run_leaves_nothing(pytester: pytest.Pytester) -> None:
    """Whatever ends pytest, the pipe ends with it: here, a death without any teardown."""
    source = PASSING + "    import os; os._exit(9)\n"
    result = run(pytester, source)
    folder, udid = (pytester.path / "sets").read_text().split()

    assert result.ret == 9
    assert _ends(folder)
    assert not [name for name in os.listdir("/dev/shm") if udid in name]


def _ends(folder: str) -> bool:
    """Say whether the service of a set ends within five seconds."""
    import select

    handles = []

    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                if folder.encode() in line:
                    handles.append(os.pidfd_open(int(entry.name)))
            except (FileNotFoundError, ProcessLookupError):
                continue

    left = [handle for handle in handles if not select.select([handle], [], [], 5)[0]]

    for handle in handles:
        os.close(handle)

    import shutil

    shutil.rmtree(folder, ignore_errors=True)

    return not left


PLAIN = (
    CLASSES
    + """

def test_it_fails(device):
    device.install(Reader, Writer, groups=[GROUP])
    device.share("note", to="com.example.Reader.Writer")
    assert "another" in device.launch("Reader").screen
"""
)


def test_a_plain_assertion_that_fails_tells_the_story_too(pytester: pytest.Pytester) -> None:
    result = run(pytester, PLAIN)
    result.assert_outcomes(failed=1)

    result.stdout.fnmatch_lines(
        [
            "*the device's story*",
            "*launchd*started com.example.Reader.Writer*",
            "*com.example.Reader*",
            "*I am the reader",
        ]
    )


DENIED = """
import pytest
from simulator.sdk.uikit import Application
from simulator.sdk.foundation import FileManager


class Curious(Application):
    def did_finish_launching(self, options):
        for path in ("/etc/passwd", "/etc/hosts"):
            try:
                open(path)
            except PermissionError:
                pass


def test_what_was_refused_can_be_asserted(device):
    assert device.denials == []

    device.install(Curious)
    device.launch("Curious")

    assert [denial.path for denial in device.denials] == ["/etc/passwd", "/etc/hosts"]
    assert device.denials.of("Curious", path="/etc/p*").only().line == "Curious.py:10"
    assert device.denials.of("com.example.Curious", operation="file-*") == device.denials
    assert device.denials.of("other") == []
    assert device.denials[0].needs == ""
    assert "no app on iOS may read there" in device.denials[0].reason


def test_nothing_is_refused(device):
    device.install(Curious)
    device.launch("Curious")

    assert device.denials == []


def test_one_is_refused(device):
    device.install(Curious)
    device.launch("Curious")
    device.denials.only()
"""


def test_denials_are_asserted_and_failures_can_be_read(pytester: pytest.Pytester) -> None:
    result = run(pytester, DENIED)
    result.assert_outcomes(passed=1, failed=2)

    result.stdout.fnmatch_lines(
        [
            "E*what the sandbox refused is not what was expected:",
            "E*deny(1) file-read-data /etc/passwd*",
            "E*Curious.py:10  open(path)",
            "*no app on iOS may read there*",
            "*one denial was expected, there are 2*",
        ]
    )
