"""pkd: extension points, discovery, activation rules.

On a phone:
    PlugInKit's daemon: it knows every extension, and says which are offered for what a host wants
    to share.
Here:
    Dictionary rules (versions 1 and 2, strict and fuzzy) and ``TRUEPREDICATE``, with a sentence
    that says why an extension is or is not offered; the tree of uniform types.
Not here:
    Predicate strings, exported and imported type declarations, user choices.
Messages:
    None from guests.
Sources:
    Apple, App Extension Keys; App Extension Programming Guide; System-Declared Uniform Type
    Identifiers.
"""
