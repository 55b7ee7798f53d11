"""launchd: starts processes, knows how they ended.

On a phone:
    The first process. Starts daemons and, told by runningboardd, apps and extensions; reaps
    them and keeps the reason of their end.
Here:
    Asks the device's zygote to fork, seals by the sandbox's plan, answers ``launch`` when the
    guest has said HELLO *after* its last step, then says GO. A step that failed is named with its
    errno. Stops, continuations and exits come from the zygote, which alone can wait for guests;
    on an exit the guest's socket and pipes are read to their end before anything is logged.
Not here:
    On-demand services, keep-alive, resource limits (runningboardd's part).
Messages:
    HELLO, FAIL, CRASH, YIELD from guests; GO, TERM to them.
Sources:
    Apple, App Extension Programming Guide; signal(7), waitid(2), pidfd_open(2).
"""
