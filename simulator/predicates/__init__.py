"""NSPredicate's format language: what an activation rule may be written in.

Text → tree (:mod:`parse`) → closures (:mod:`compiling`), which are what decides, or the tree with
the values that each part had (:mod:`explaining`), which is what a person reads. ``printing`` writes
a tree as text again. What a comparison of two values gives is in ``operators``, what a key path
gives in ``paths``.

The language knows nothing of extensions and of uniform types: whoever evaluates says what a type
conforms to. May be used by bundles, daemons and everything above; may not use any of them.

Sources: Apple, Predicate Programming Guide; Predicate Format String Syntax; Key-Value Coding
Programming Guide. What they leave open is decided where it is done, and said there.
"""
