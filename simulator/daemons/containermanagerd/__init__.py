"""containermanagerd: folders of apps, extensions and groups.

On a phone:
    Makes a container for each app, each extension and each App Group, under a UUID; a group's is
    removed with the last app that has access.
Here:
    The same folders as CoreSimulator's device sets, with the metadata plist that tools look for.
    The index of what belongs to whom is the host's own and lies outside every container: the
    metadata plists lie where guests can write, so nobody believes them. UUIDs come from the
    device's seed by a keyed hash, and cannot be guessed; by them a broken index is found again
    (``rebuilding.py``), and what has no owner then is set aside, never removed. What is done for a
    guest to its own files (chmod, utime, statfs; sandboxd asks) is done to a file opened here,
    beneath its folders.
    Classes of data protection are extended attributes that only the host reads and writes; before
    the first unlock it says what of a container a new guest is granted.
Not here:
    Encryption, system containers, quotas.
Messages:
    protect and protection, about the class of an own file; for the rest guests ask by system calls
    that sandboxd answers.
Sources:
    CoreSimulator's layout; Apple, ``containerURL(forSecurityApplicationGroupIdentifier:)``,
    *Encrypting Your App's Files*; openat2(2).
"""
