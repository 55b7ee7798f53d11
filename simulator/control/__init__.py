"""The client of the control sockets: synchronous, used by ``simctl`` and ``testing``.

    client     one connection: a request, its answer
    service    finding the service of a device set, starting it where it does not run
    device     a booted device, as a client sees it

May be used by ``simctl`` and ``testing``. May use ``xpc`` and ``device.settings``.
"""
