"""What daemons are made of.

    clock        device time: nobody else reads one
    events       the ordered log of everything that happens on a device
    door         the one place through which everything enters and leaves the host
    guest        who a process is, as the host knows it
    connection   the host's end of a bootstrap socket and a wire
    hotloop      the event loop, with a shorter way for the sockets of guests
    eventwire    the host's end of a wire: what is pended while it is full
    memory       sealed memory for large things
    router       frames and verbs to the daemons that answer them
    requests     one request to an extension's process, from launch to outcome
    output       a guest's stdout and stderr
    console      what a built-in program prints, raw
    feed         what a built-in program reads, fetched from its client
    page         the page the guests read, and its slots
    chance       everything random, derived from the device's seed
    beneath      paths inside containers, only beneath a descriptor
    limits       every limit with its name
    rooms        what daemons promise each other, as protocols

May be used by ``daemons``, ``device`` and ``service``. May use ``bundles``, ``sandbox``, ``wires``
and ``xpc``.
"""
