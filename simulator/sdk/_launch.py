"""From GO to the end: load the bundle's executable, find its principal class, run it.

The module part of ``NSExtensionPrincipalClass`` is Swift's, and ignored. Where no class is named
(half of real extensions have a storyboard or ``@main``) the single subclass of the point's base
class is taken; two are an error that names them.
"""

import os
import sys
from contextlib import suppress
from types import ModuleType

from shared_container.codec import decode, encode
from simulator.sdk import _audit, _random
from simulator.sdk._process import Process, set_current
from simulator.sdk._program import run_program
from simulator.xpc.errors import DeviceGone
from simulator.xpc.frames import PROTOCOL_VERSION, Kind
from simulator.xpc.page import PageView

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("run",)

_BASES = {  # extension point → module and base class of the SDK
    "": ("simulator.sdk.uikit", "Application"),
    "com.apple.share-services": ("simulator.sdk.extension", "ShareExtension"),
    "com.apple.widgetkit-extension": ("simulator.sdk.widgetkit", "Widget"),
    "com.apple.usernotifications.service": (
        "simulator.sdk.usernotifications",
        "NotificationServiceExtension",
    ),
    "com.apple.keyboard-service": ("simulator.sdk.keyboard", "InputViewController"),
}


class _Unloadable(Exception):
    """The executable has no principal class, or more than one."""


def run(page: PageView, level: str, listener: int, seal: "Callable[[], object]") -> None:
    """Be the guest, from HELLO to its end; never returns.

    Args:
        page: The host's page.
        level: What this process was sealed with; HELLO says it after the last step.
        listener: Of the system call filter, -1 for none: the host's from here on. Whoever kept it
            could answer what is asked about this process.
        seal: The very last step; called when the listener is handed over.
    """
    process = Process(page)
    set_current(process)
    process.say_hello(level.encode(), PROTOCOL_VERSION, listener)

    try:
        seal()
    except OSError:
        os._exit(1)  # before any code of the guest's; the host sees that it ended at its start

    info = decode(process.hear(Kind.GO).payload)
    assert isinstance(info, dict)
    process.info = info
    process.crashed = lambda problem: _crash(process, problem)

    try:
        if "program" in info:
            sys.exit(run_program(process))

        _prepare(info)
        _audit.install(process)
        principal = _principal(_load(info), info)
        principal().launched_by(process)
        process.run()
    except SystemExit as end:
        _finish(end.code if isinstance(end.code, int) else int(end.code is not None))
    except DeviceGone:
        os._exit(0)
    except BaseException as problem:  # noqa: BLE001  on a phone an uncaught exception ends the process
        _crash(process, problem)


def _prepare(info: dict[str, object]) -> None:
    _random.reseed(bytes(info["random"]))  # type: ignore[call-overload]
    environment = info["environment"]
    assert isinstance(environment, dict)
    os.environ.clear()  # noqa: TID251  a guest's environment is what its launch says
    os.environ.update(environment)  # noqa: TID251
    os.chdir(str(info["home"]))
    sys.argv = [str(info["executable"]), *map(str, info["arguments"])]  # type: ignore[call-overload]
    sys.path.insert(0, str(info["frameworks"]))
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _load(info: dict[str, object]) -> ModuleType:
    path = str(info["executable"])

    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)

    module = ModuleType(os.path.basename(path).removesuffix(".py"))
    module.__file__ = path
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)  # noqa: S102  this is what launching an executable is

    return module


def _principal(module: ModuleType, info: dict[str, object]) -> type:
    point = str(info["point"])

    if point not in _BASES:
        raise _Unloadable(f"extensions of {point} are not simulated")

    home, base_name = _BASES[point]
    base = getattr(__import__(home, fromlist=[base_name]), base_name)
    own = [
        value
        for value in module.__dict__.values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__ == module.__name__
    ]
    named = str(info["principal_class"] or "")

    for candidate in own:
        if candidate.__name__ == named:
            return candidate

    if named and point:
        raise _Unloadable(
            f"NSExtensionPrincipalClass names {named}, and {module.__name__}.py has no "
            f"{base_name} of that name (it has: {', '.join(c.__name__ for c in own) or 'none'})"
        )

    if len(own) != 1:
        names = " and ".join(candidate.__name__ for candidate in own) or "none"
        raise _Unloadable(
            f"{module.__name__}.py needs exactly one subclass of {base_name}; it has {names}"
        )

    return own[0]


def _finish(status: int) -> None:
    _flush()
    os._exit(status)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the guest may have closed it
            stream.flush()


def _crash(process: Process, problem: BaseException) -> None:
    """Tell the host where it happened, print the traceback, end by SIGABRT as on a phone."""
    trace = problem.__traceback__
    file, line = "", 0

    while trace is not None:
        name = trace.tb_frame.f_code.co_filename

        if name.startswith(str(process.info["bundle"])):
            file, line = os.path.basename(name), trace.tb_lineno

        trace = trace.tb_next

    if isinstance(problem, SyntaxError) and not file:
        file, line = os.path.basename(problem.filename or ""), problem.lineno or 0

    kind = "" if isinstance(problem, _Unloadable) else type(problem).__name__

    if kind:  # else the sentence says it all
        sys.excepthook(type(problem), problem, problem.__traceback__)

    with suppress(DeviceGone, OSError):
        text = problem.msg if isinstance(problem, SyntaxError) else str(problem)
        report = [kind, text[:1000], file, line]
        process.send(Kind.CRASH, encode(report))

    _flush()
    os.abort()
