"""Proves that denials can be told here: a child asks, we answer, and the answer arrives.

``notification`` says how; whether the kernel does it is found out by doing it. gVisor has no
listeners (EINVAL), and a filter further out may have the one there can be (EBUSY).
"""

import errno
import os
import signal
import socket
from typing import Final

from simulator.sandbox import kernel
from simulator.sandbox.filter import compile_filter, for_pid
from simulator.sandbox.notification import Listener, install_listening
from simulator.xpc.descriptors import send

__all__ = ("denials_are_told",)

_TIMEOUT_S: Final = 5
_ANSWER: Final = errno.EDOM  # an errno that no kernel gives for this call by itself


def denials_are_told() -> tuple[bool, str]:
    """Try it in a child process (2 ms).

    Must be called by a process with one thread.

    Returns:
        Whether denied system calls are told here, and a sentence on what happened.
    """
    program = compile_filter("told")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()

    if pid == 0:
        # Nothing of the caller's may run here: neither its handlers nor its exit functions.
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_TIMEOUT_S)
            ours.close()
            _ask(theirs, program)
        finally:
            os._exit(0)

    theirs.close()

    try:
        return _answer(ours)
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _ask(channel: socket.socket, program: bytes) -> None:
    """Be the child: hand the listener over, ask, and say which errno came."""
    try:
        kernel.set_no_new_privileges()
        listener = install_listening(for_pid(program, os.getpid()))
    except OSError as problem:
        channel.send(f"no {problem.errno}".encode())
        return

    send(channel, b"listen", (listener,))
    os.close(listener)

    try:
        kernel.system_call("fchmod", -1, 0)
    except OSError as problem:
        channel.send(f"heard {problem.errno}".encode())


def _answer(channel: socket.socket) -> tuple[bool, str]:
    data, files, _, _ = socket.recv_fds(channel, 64, 1)

    if not files:
        number = int(data.split()[-1]) if data else errno.EIO
        code = errno.errorcode.get(number, number)

        return False, f"a seccomp listener is refused with {code}: denied calls are not told"

    listener = Listener(files[0])

    try:
        question = listener.receive(_TIMEOUT_S * 1000)

        if question is None:
            return False, "a denied call was not asked about"

        listener.refuse(question, _ANSWER)
        heard = channel.recv(64)
    except EOFError:
        heard = b""
    finally:
        listener.close()

    if heard == f"heard {_ANSWER}".encode():
        return True, "a denied call waited for the answer of another process, and got it"

    return False, f"a denied call did not get its answer (it says {heard.decode()!r})"
