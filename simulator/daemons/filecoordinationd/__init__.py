"""filecoordinationd: who may read and write which file, and who is told of it.

On a phone:
    Processes say what they are going to read or write, and wait until nobody is in the way. Who
    presents a file is asked to let go of it first, and told afterwards that it has changed. All of
    it is advice: who does not ask is not stopped.
Here:
    Claims with Apple's options, first come, first served: readers together, a writer alone. One
    purpose never waits for itself (``claims.py``). Presenters are asked, told, and skipped when
    they are dead, suspended, or do not answer in time (``presenters.py``, ``asking.py``). A
    suspended process blocks nobody. What changes without coordination is watched (``watching.py``).
    Whoever waits long is told of with the name of who is in the way.
Not here:
    iCloud: downloads, versions, conflicts, ubiquity attributes, file providers. Bookmarks.
Messages:
    Calls ``filecoordinationd.*`` from guests; GRANTED and PRESENT to them.
Sources:
    NSFileCoordinator.h, NSFilePresenter.h; TN2408 for suspended processes.
"""
