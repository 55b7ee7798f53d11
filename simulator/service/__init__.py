"""``CoreSimulatorService``: one per user and device set, or one per test session.

It exists because importing asyncio, pydantic and the models takes 200 ms and forking a warm
process 3 ms (measured). Single-threaded, it holds nothing but the list of devices; it forks a
``launchd_sim`` per booted device, reaps what is orphaned, and ends when it has been idle.

    __main__   the program
    loop       sockets, children, idleness
    verbs      what a control client can ask
    children   the forked hosts
    client     one connected client
    clients    all of them: requests in, answers out
    runtime    the folder of its sockets

May be used by nobody but the tools, as a process. May use ``device`` and what is below.
"""
