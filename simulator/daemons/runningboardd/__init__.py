"""runningboardd: in which state each process is, and whether the device is at rest.

On a phone:
    Decides which processes run, which are suspended and which die, by assertions.
Here:
    Apps are active or in the background, extensions run; an app's state follows who is in front.
    It suspends a process when it is told to (SIGSTOP, then notifyd holds what the process is
    told), and resumes it when it is told to, or when an app comes to the front. Who holds a lock in
    an App Group container when it is suspended is ended: 0xdead10cc. It also tells when every guest
    is quiescent, which virtual time and the tests' waits need.
Not here:
    Suspension of its own accord, memory and time limits: with the part on life and death.
Messages:
    IDLE from guests; TICK to them, when somebody waits for rest.
Sources:
    Apple, Managing your app's life cycle; Technical Note TN2408.
"""
