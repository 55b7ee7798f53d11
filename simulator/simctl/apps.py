"""Apps: install, uninstall, listapps, get_app_container, launch, suspend, resume, terminate.

``launch`` takes a path or a sample's name where Apple's takes a bundle id, and then creates, boots
and installs what is missing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

import typer

from shared_container.description import description
from simulator.control.client import Client
from simulator.device.settings import child_environment
from simulator.simctl.arguments import BOOTED, Usage, shape, suggested, with_device
from simulator.simctl.ending import has_failed, last_position, since
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.samples import bundle_id_of, find_bundle, is_path, meant_bundle, sample_names
from simulator.simctl.session import Row, Session, note
from simulator.xpc.errors import CommandError

__all__ = ("app",)

_CONTAINERS = ("app", "data", "groups")

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>] <path to .app | sample>"))
def install(context: typer.Context) -> None:
    """Install an app with its extensions, or upgrade it."""
    session: Session = context.obj
    device, (word,) = with_device(context.args, "path")
    path = find_bundle(word) or Path(word).absolute()

    with session.client(device) as client:
        _say_remarks(client.ask("install", path=str(path)))


def _say_remarks(answer: object) -> None:
    """Say on standard error what is misspelt or never started; it went well all the same."""
    for sentence in cast("list[str]", cast("Row", answer)["remarks"]):
        note(harmless(sentence))

    for sentence in cast("list[str]", cast("Row", answer)["warnings"]):
        note(harmless(f"warning: {sentence}", keep="\n"))


@app.command(**shape("[<device>] <bundle id>"))
def uninstall(context: typer.Context) -> None:
    """Uninstall an app: its extensions, its data, and App Groups that nobody else is in."""
    session: Session = context.obj
    device, (bundle_id,) = with_device(context.args, "bundle id")

    with session.client(device) as client:
        client.ask("uninstall", bundle_id=bundle_id)


@app.command(**shape("[<device>]"))
def listapps(
    context: typer.Context,
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, with each app's Extensions.")
    ] = False,
) -> None:
    """List the installed apps of a device (listapps), as an old-style property list."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        apps = session.installed(client)

    if json:
        described = {row["bundle_id"]: _described(row, with_extensions=True) for row in apps}
        print(to_json_text(described, escape_slashes=False))
    else:
        print(description({str(row["bundle_id"]): _described(row) for row in apps}))


def _described(row: Row, *, with_extensions: bool = False) -> dict[str, object]:
    path = Path(str(row["path"]))
    groups = cast("dict[str, str]", row["groups"])
    found: dict[str, object] = {
        "ApplicationType": "User",
        "Bundle": f"{path.as_uri()}/",
        "CFBundleDisplayName": row["name"],
        "CFBundleExecutable": str(row["executable"]).removesuffix(".py"),
        "CFBundleIdentifier": row["bundle_id"],
        "CFBundleName": row["name"],
        "CFBundleVersion": row["version"],
        "DataContainer": f"{Path(str(row['data'])).as_uri()}/",
        "GroupContainers": {group: f"{Path(folder).as_uri()}/" for group, folder in groups.items()},
        "Path": str(path),
        "SBAppTags": [],
    }

    if with_extensions:
        extensions = cast("list[Row]", row["extensions"])
        found["Extensions"] = {
            extension["bundle_id"]: {
                "NSExtensionPointIdentifier": extension["point"],
                "SIMStanding": extension["standing"],
                "DataContainer": f"{Path(str(extension['data'])).as_uri()}/",
                "Path": extension["path"],
            }
            for extension in extensions
        }

    return found


@app.command("get_app_container", **shape("[<device>] <bundle id> [app|data|groups|<group id>]"))
def get_app_container(context: typer.Context) -> None:
    """Print the path of an app container (get_app_container), of an extension's too.

    Without a kind it is the bundle itself; groups prints a line per App Group, id and path.
    """
    session: Session = context.obj
    device, bundle_id, kind = _container_asked(session, context.args)

    with session.client(device) as client:
        found = client.ask("get_app_container", bundle_id=bundle_id, container=kind)

    if isinstance(found, dict):
        for group, path in found.items():
            print(harmless(f"{group}\t{path}", keep="\t"))
    else:
        print(harmless(str(found)))


def _container_asked(session: Session, arguments: list[str]) -> tuple[str, str, str]:
    match arguments:
        case []:
            raise Usage("Missing argument: <bundle id>")
        case [bundle_id]:
            return BOOTED, bundle_id, "app"
        case [bundle_id, kind] if (
            kind in _CONTAINERS or kind.startswith("group.")
        ) and not session.is_device(bundle_id):
            return BOOTED, bundle_id, kind
        case [bundle_id, kind] if "." not in kind and not session.is_device(bundle_id):
            raise Usage(f"{kind} is none of {', '.join(_CONTAINERS)}, and no App Group")
        case [device, bundle_id]:
            return device, bundle_id, "app"
        case [device, bundle_id, kind]:
            return device, bundle_id, kind
        case _:
            raise Usage(f"Unexpected argument: {arguments[3]}")


@app.command(
    **shape("[<device>] <bundle id | path to .app | sample> [argv...]", options_first=True)
)
def launch(
    context: typer.Context,
    console: Annotated[
        bool,
        typer.Option("--console", "--console-pty", help="Print what it prints until it ends."),
    ] = False,
    terminate_running_process: Annotated[
        bool, typer.Option("--terminate-running-process", help="End a running process first.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the operations of the launch; do nothing.")
    ] = False,
    trace_sandbox: Annotated[
        bool,
        typer.Option(
            "--trace-sandbox", help="Tell what C code is refused, too; each open costs 20 µs more."
        ),
    ] = False,
) -> None:
    """Launch an app, and print its bundle id and pid.

    With a path or a sample's name, a device is created and booted and the app installed where
    that is missing. SIMCTL_CHILD_X=v in the environment becomes X=v in the app.
    """
    session: Session = context.obj
    device, word, argv = _launch_asked(session, context.args)

    if dry_run:
        with session.client(device) as client:
            path = meant_bundle(word, lambda: session.installed_ids(client))
            _print_plan(client, bundle_id_of(path) if path else word)

        return

    row = session.ensure_booted(device) if find_bundle(word) else session.device(device)

    with session.connect(row) as client:
        path = meant_bundle(word, lambda: session.installed_ids(client))
        bundle_id = word

        if path is not None:
            bundle_id = _installed(session, client, path, upgrade=is_path(word))

        position = last_position(client)

        with _printing_what_was_said(client, bundle_id, position if console else None):
            found = _launched(
                session,
                client,
                bundle_id,
                arguments=argv,
                environment=child_environment(),
                terminate_running=terminate_running_process,
                trace_sandbox=trace_sandbox or None,
            )

        try:
            print(f"{found['bundle_id']}: {found['pid']}", flush=True)

            if console:
                status = _follow(client, f"{found['bundle_id']}/{found['ordinal']}", position)
                raise typer.Exit(status)
        except KeyboardInterrupt:
            if console:
                with session.connect(row) as another:  # the first still waits for an answer
                    another.ask("terminate", bundle_id=bundle_id)

            raise


def _launch_asked(session: Session, arguments: list[str]) -> tuple[str, str, list[str]]:
    """Return the device, what to launch, and its arguments.

    A first word of several that is no device but names an app is the app, if what follows cannot
    be one: ``launch com.example.Notes --verbose``.
    """
    if not arguments:
        raise Usage("Missing argument: <bundle id | path to .app | sample>")

    first, *rest = arguments

    if not rest:
        return BOOTED, first, []

    names_app = is_path(first) or "." in first or find_bundle(first) is not None

    if names_app and not session.is_device(first):
        return BOOTED, first, rest

    if rest[0].startswith("-"):
        raise Usage(
            f"Options come before the device: {rest[0]} stands where the app should, and what "
            "follows the app is the app's own"
        )

    return first, rest[0], rest[1:]


def _installed(session: Session, client: Client, path: Path, *, upgrade: bool) -> str:
    """Install a bundle where it is missing, or always; return its id."""
    bundle_id = bundle_id_of(path)

    if not upgrade and any(row["bundle_id"] == bundle_id for row in session.installed(client)):
        return bundle_id

    answer = cast("dict[str, object]", client.ask("install", path=str(path)))
    _say_remarks(answer)

    return str(answer["bundle_id"])


def _launched(session: Session, client: Client, bundle_id: str, **how: object) -> Row:
    try:
        return cast("Row", client.ask("launch", bundle_id=bundle_id, **how))
    except CommandError as problem:
        if problem.code != 4:
            raise

        if bundle_id.endswith(".app"):
            line = f"It is not installed, and there is no folder {bundle_id} here."
            problem = CommandError(problem.domain, problem.code, *problem.lines, line)

        known = [str(row["bundle_id"]) for row in session.installed(client)]
        raise suggested(problem, bundle_id, [*known, *sample_names()]) from None


@contextmanager
def _printing_what_was_said(client: Client, bundle_id: str, position: object) -> Iterator[None]:
    """Print what an app said that did not survive its launch, before the error.

    Args:
        client: The device's.
        bundle_id: The app.
        position: Behind which event; None prints nothing, and the error has its last lines.
    """
    try:
        yield
    except CommandError as problem:
        if position is None:
            raise

        for event in since(client, position):
            if event["kind"] == "output" and str(event["actor"]).startswith(f"{bundle_id}/"):
                _print_output(event)

        told = (line for line in problem.lines if not line.startswith("\t"))
        raise CommandError(problem.domain, problem.code, *told) from None


def _print_output(event: Row) -> None:
    stream = sys.stderr if event["operation"] == "stderr" else sys.stdout
    print(harmless(str(event["resource"]), keep="\t"), file=stream, flush=True)


def _follow(client: Client, actor: str, position: object) -> int:
    """Print what a guest prints until it ends; return 1 if it failed, else 0."""
    while True:
        answer = cast("dict[str, object]", client.ask("events", since=position, wait=True))
        position = answer["position"]

        for event in cast("list[Row]", answer["events"]):
            if event["actor"] != actor:
                continue

            if event["kind"] == "output":
                _print_output(event)
            elif event["kind"] == "exit":
                detail = cast("Row", event["detail"])
                note(harmless(f"{event['resource']} {detail['reason']}"))
                return 1 if has_failed(event) else 0


def _print_plan(client: Client, bundle_id: str) -> None:
    from simulator.sandbox.profile import describe

    plan = cast("list[tuple[str, list[str | int]]]", client.ask("plan", bundle_id=bundle_id))

    for number, line in enumerate(describe(plan), 1):
        print(harmless(f"{number:3}  {line}"))


@app.command(**shape("[<device>] <bundle id>"))
def terminate(context: typer.Context) -> None:
    """Terminate the running process of an app."""
    session: Session = context.obj
    device, (bundle_id,) = with_device(context.args, "bundle id")

    with session.client(device) as client:
        client.ask("terminate", bundle_id=bundle_id)


@app.command(**shape("[<device>] <bundle id>"))
def suspend(context: typer.Context) -> None:
    """Suspend the running process of an app or extension.

    It stops, as iOS stops an app in the background. Darwin notifications wait, once per name.
    One that holds a lock in a shared container is terminated instead (0xdead10cc): status 1.
    """
    session: Session = context.obj
    device, (bundle_id,) = with_device(context.args, "bundle id")

    with session.client(device) as client:
        reason = str(client.ask("suspend", bundle_id=bundle_id))

    if reason:
        note(harmless(f"{bundle_id} was terminated: {reason}"))
        raise typer.Exit(1)


@app.command(**shape("[<device>] <bundle id>"))
def resume(context: typer.Context) -> None:
    """Resume a suspended process; bringing an app to the front does the same."""
    session: Session = context.obj
    device, (bundle_id,) = with_device(context.args, "bundle id")

    with session.client(device) as client:
        client.ask("resume", bundle_id=bundle_id)
