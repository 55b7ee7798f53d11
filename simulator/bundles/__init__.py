"""Bundles: Info.plist, entitlements and the folder they lie in, validated before anything runs.

    plist          one property list, XML or binary, bounded before it is parsed
    bplist         the binary form
    faults         what pydantic found, in people's words
    info           the keys of Info.plist that the simulator knows; all others are kept
    entitlements   what a bundle may do
    tree           which files may lie in a bundle, and how many
    points         the extension points of iOS, and which are simulated
    lint           rules: what is refused, and what else would fail on a phone or in review
    expansion      build variables, as Xcode's build puts their values in
    project        a source tree's targets
    bundle         a whole ``.app`` with its ``.appex`` folders, as one frozen value
    assemble       a source tree's app and extensions, copied into one installable ``.app``

May be used by the daemons (installd, lsd, pkd), the device and the tools above them.
May use ``xpc``, ``shared_container`` and pydantic; never a guest's code, a clock or a socket.
"""
