"""sandboxd: what the sandbox refused, told so that somebody learns from it.

On a phone:
    The kernel refuses; sandboxd writes ``Sandbox: Notes(123) deny(1) file-read-data /path`` to the
    log, and says no more.
Here:
    The same line, and a second one: which entitlement in which file would have allowed it, or that
    iOS never does, or that this simulator leaves out what iOS has, and what to use instead. Denied
    system calls are asked about by the kernel (seccomp's user notification): the answer goes out
    first, then it is written down. chmod, utime and statfs of a guest's own files are done for it.
    What Python itself is refused, the guest's audit hook tells with its source line; it explains,
    the kernel enforces. Repeated denials are counted. Where the kernel cannot ask, this is said
    once per guest, and the calls are denied silently.
Not here:
    Violation reports in a file, rate limits by time, sandbox extensions.
Messages:
    ``sandboxd.denied`` from guests; the listener that comes with HELLO.
Sources:
    sandbox(7) of macOS and the operations of Apple's profiles; seccomp_unotify(2).
"""
