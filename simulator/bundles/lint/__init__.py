"""What would fail on a phone or in review, told before anything is installed.

    subject      a bundle as it was read: tolerant, for what is wrong is what is looked for
    rule         what a rule is, and what it finds
    structure    the plist's form, identifiers, versions, the program
    extensions   NSExtension: the point, the principal class, keys at the wrong depth
    activation   NSExtensionActivationRule
    attributes   what single points want in NSExtensionAttributes
    schemes      URL schemes, claimed and queried
    rights       entitlements
    variables    what Xcode's build would have replaced
    spelling     keys that are nearly right
    table        all of them in one tuple; the only list
    lines        key paths to lines of an XML plist
    run          rules applied, findings in order

A rule is one small function and one row. ``bundle.read_bundle`` refuses what the rules of the stage
``install`` find, so that install and lint never differ. May be used by ``bundle`` and the tools;
may use the models of ``bundles``, and never ``bundle`` itself.
"""
