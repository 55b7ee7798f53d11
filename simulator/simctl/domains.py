"""Domains: the internet of a device, and what its sites say of apps: domain, swcutil."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

import typer

from simulator.simctl.arguments import BOOTED, Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note
from simulator.xpc.errors import Misuse

__all__ = ("app",)

_FILE = "apple-app-site-association"
_RULE = "-" * 80

app = typer.Typer(rich_markup_mode=None)
_domain = typer.Typer(
    rich_markup_mode=None, help="Show and change the domains of the device's own internet."
)
_swcutil = typer.Typer(
    rich_markup_mode=None, help="Look at associated domains, as Apple's swcutil does."
)
app.add_typer(_domain, name="domain")
app.add_typer(_swcutil, name="swcutil")

_DomainName = Annotated[str, typer.Option("--domain", "-d", metavar="DOMAIN", help="The site.")]


# -- the device's own internet ---------------------------------------------------------------


@_domain.command(**shape("[<device>] (<domain> [<file>|-] | <folder>)"))
def add(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="The status of HTTP, instead of 200.")] = "",
    redirect: Annotated[str, typer.Option(metavar="URL", help="Send who asks there.")] = "",
    content_type: Annotated[str, typer.Option(help="Of the file.")] = "application/json",
    untrusted: Annotated[
        bool, typer.Option("--untrusted", help="With a certificate that nobody trusts.")
    ] = False,
) -> None:
    """Let a domain serve an association file (domain add); apps that claim it are told at once.

    A folder has a file <domain> or <domain>.json for each domain, or a folder <domain> as a web
    server has it. With --status or --redirect the file may be missing.
    """
    session: Session = context.obj
    device, words = _device_first(session, context.args)
    number = _status(status) if status else 302 if redirect else 200

    match words:
        case [folder] if Path(folder).is_dir():
            files = dict(_files_in(Path(folder)))
        case [name] if status or redirect:
            files = {name: b""}
        case [name, path]:
            files = {name: _read(path)}
        case []:
            raise Usage("Missing argument: <domain>")
        case [_]:
            raise Usage("Missing argument: <file>")
        case _:
            raise Usage(f"Unexpected argument: {words[2]}")

    with session.client(device) as client:
        for name, body in files.items():
            client.ask(
                "domain_add",
                domain=name,
                body=body,
                status=number,
                redirect=redirect,
                content_type=content_type,
                trusted=not untrusted,
            )

            if number == 200:  # else it is to fail
                _say_problems(name, body, content_type)


def _say_problems(name: str, body: bytes, content_type: str) -> None:
    """Say what of a file does not count; a site may serve it all the same."""
    from simulator.daemons.swcd.domains import Site
    from simulator.daemons.swcd.fetching import read_page
    from simulator.daemons.swcd.internet import Page

    found = read_page(Page(body, content_type=content_type), Site(name, direct=True))

    if found.association is None:
        note(harmless(f"note: {name}: no app takes links by this file: {found.problem}"))
        return

    for sentence in found.association.notes:
        note(harmless(f"note: {name}: {sentence}"))


def _device_first(session: Session, arguments: list[str]) -> tuple[str, list[str]]:
    if len(arguments) > 1 and session.is_device(arguments[0]):
        return arguments[0], list(arguments[1:])

    return BOOTED, list(arguments)


def _status(word: str) -> int:
    if not word.isascii() or not word.isdigit() or not 100 <= int(word[:9]) <= 599:
        raise Usage(f"--status takes a status of HTTP, 100 to 599; not {word}")

    return int(word)


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()

    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise Misuse(f"{path}: {problem.strerror}") from None


def _files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield domain and file of each entry of a folder.

    Raises:
        Misuse: A domain has no file.
    """
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue

        if entry.is_file():
            yield entry.name.removesuffix(".json"), _read(str(entry))
            continue

        for place in (entry / ".well-known" / _FILE, entry / _FILE):
            if place.is_file():
                yield entry.name, _read(str(place))
                break
        else:
            raise Misuse(f"{entry}: it has no .well-known/{_FILE}")


@_domain.command(**shape("[<device>] <domain>"))
def remove(context: typer.Context) -> None:
    """Take a domain away (domain remove); nobody answers for it then."""
    session: Session = context.obj
    device, (name,) = with_device(context.args, "domain")

    with session.client(device) as client:
        client.ask("domain_remove", domain=name)


@_domain.command("list", **shape("[<device>]"))
def list_(context: typer.Context, json: Json = False) -> None:
    """List the domains (domain list), and what each answers."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        rows = cast("list[Row]", client.ask("domains"))

    if json:
        print(to_json_text([dict(row) for row in rows], escape_slashes=False))
        return

    for row in rows:
        answers = f"redirects to {row['redirect']}" if row["redirect"] else f"{row['bytes']} bytes"
        trust = "" if row["trusted"] else "\tuntrusted"
        line = f"{row['domain']}\t{row['status']}\t{answers}\t{row['content_type']}{trust}"
        print(harmless(line, keep="\t"))


@_domain.command(**shape("[<device>]"))
def log(context: typer.Context, json: Json = False) -> None:
    """Print which association files were fetched from a domain (domain log), and what came."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        events = cast("list[Row]", client.ask("domain_log"))

    if json:
        print(to_json_text([dict(event) for event in events], escape_slashes=False))
        return

    if events:
        print("TIME\tURL\tSTATUS\tSIZE\tRESULT")

    for event in events:
        detail = cast("Row", event["detail"])
        time = f"{cast('int', event['time_ns']) / 1e9:.6f}"

        if event["operation"] == "fetch":
            verdict = detail["reason"] or "ok"
            size = f"{detail['bytes']} bytes"
            lines = [f"{time}\t{detail['url']}\t{detail['status']}\t{size}\t{verdict}"]
            lines += [f"    {note}" for note in cast("list[object]", detail["notes"])]
        else:
            lines = [f"{time}\t{event['resource']}\t\t\t{detail['reason']}"]

        for line in lines:
            print(harmless(line, keep="\t"))


# -- swcutil ---------------------------------------------------------------------------------


@_swcutil.command(**shape("[<device>]"))
def show(
    context: typer.Context,
    domain: _DomainName = "",
    json: Json = False,
) -> None:
    """Print every associated domain of every app (swcutil show), and whether its site agrees."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        rows = cast("list[Row]", client.ask("swcutil_show"))

    rows = [row for row in rows if domain in {"", str(row["domain"]).partition("?")[0]}]

    if json:
        print(to_json_text([dict(row) for row in rows], escape_slashes=False))
        return

    for row in rows:
        print(_RULE)

        for head, key in (
            ("Service", "service"),
            ("App ID", "app_id"),
            ("App Version", "version"),
            ("Domain", "domain"),
            ("Site/Fmwk Approval", "approval"),
            ("Reason", "reason"),
            ("Last Checked", "checked"),
        ):
            if row[key]:
                print(harmless(f"{f'{head}:':<21} {row[key]}"))

    if rows:
        print(_RULE)
    else:
        note(f"No installed app has {harmless(domain) or 'a domain'} among its associated domains")


@_swcutil.command(**shape("[<device>] -d <domain> -u <url>"))
def verify(
    context: typer.Context,
    domain: _DomainName = "",
    url: Annotated[str, typer.Option("--url", "-u", metavar="URL", help="The link.")] = "",
    path: Annotated[
        str, typer.Option("--json", "-j", metavar="FILE", help="This file, not the site's.")
    ] = "",
) -> None:
    """Say which apps a link opens by the file of its domain (swcutil verify).

    A line for each app in the file; the status is 0 when one of them opens it, else 1.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    if not domain or not url:
        raise Usage("verify needs --domain and --url")

    body = _read(path) if path else None

    with session.client(device) as client:
        rows = cast(
            "list[list[object]]",
            client.ask("swcutil_verify", domain=domain, url=url, body=body),
        )
        claims = cast("list[Row]", client.ask("swcutil_show"))

    for app_id, how, pattern in rows:
        what = f"Pattern {pattern} {'matched' if how == 'match' else 'blocked match'}."
        said = (f"No pattern matched. {pattern}".rstrip()) if how == "no_match" else what
        print(harmless(f"{{ s = applinks, a = {app_id}, d = {domain} }}: {said}"))

    if not rows:
        note("note: the file names no app: no link opens one")

    matched = [str(app_id) for app_id, how, _ in rows if how == "match"]

    for app_id in matched:
        if not any(_is_claim(claim, app_id, domain) for claim in claims):
            sentence = (
                f"the file names {app_id}, and no installed app of that application identifier has "
                f"applinks:{domain} among its associated domains: the link opens no app here"
            )
            note(harmless(f"note: {sentence}"))

    if not matched:
        raise typer.Exit(1)


def _is_claim(claim: Row, app_id: str, domain: str) -> bool:
    name = str(claim["domain"]).partition("?")[0].lower().removeprefix("*.")

    return claim["service"] == "applinks" and (claim["app_id"], name) == (app_id, domain.lower())


@_swcutil.command(**shape("[<device>] -d <domain>"))
def dl(context: typer.Context, domain: _DomainName = "") -> None:
    """Fetch the file of a domain anew, and print it (swcutil dl)."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    if not domain:
        raise Usage("dl needs --domain")

    with session.client(device) as client:
        found = cast("Row", client.ask("swcutil_dl", domain=domain))

    if found["problem"]:
        raise Misuse(f"{domain}: {found['problem']}")

    body = found["body"]
    assert isinstance(body, bytes)
    print(harmless(body.decode("utf-8", "replace"), keep="\n\t"))


@_swcutil.command("developer-mode", **shape("[<device>]"))
def developer_mode(
    context: typer.Context,
    enable: Annotated[
        str, typer.Option("--enable", "-e", metavar="true|false", help="Switch it on or off.")
    ] = "",
) -> None:
    """Switch Associated Domains Development on or off, or print it (swcutil developer-mode).

    Entries with ?mode=developer count while it is on; their sites are asked directly.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    if enable not in {"", "true", "false"}:
        raise Usage(f"--enable takes true or false; not {enable}")

    with session.client(device) as client:
        on = client.ask("swcutil_developer_mode", on=None if not enable else enable == "true")

    if not enable:
        print("on" if on else "off")
