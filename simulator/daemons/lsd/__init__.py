"""lsd: which bundles there are, and who opens a URL.

On a phone:
    The LaunchServices database: bundles, URL schemes, universal links. A scheme that two apps
    claim goes to one of them, undefined which.
Here:
    Registered bundles and their schemes. A URL goes to the app that claims its scheme: started
    where it does not run (launch options first, then the URL), told where it runs. Two claims are
    an error that lists them; nobody's scheme is an error with Apple's code.
Not here:
    Universal links, ``canOpenURL``, documents.
Messages:
    OPEN_URL from guests; URL to them.
Sources:
    Apple, Defining a custom URL scheme; ``application(_:open:options:)``; RFC 3986.
"""
