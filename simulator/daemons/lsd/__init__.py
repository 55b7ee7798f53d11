"""lsd: which bundles there are, and who opens a URL.

On a phone:
    The LaunchServices database: bundles, URL schemes, types of documents. A scheme that two apps
    claim goes to one of them, undefined which.
Here:
    Registered bundles, their schemes and document types. A URL goes to the app that claims its
    scheme: started where it does not run (launch options first, then the URL), told where it runs.
    Two claims are an error that lists them, unless the person has chosen; nobody's scheme is an
    error with Apple's code. Web pages go to the app that swcd names, else to the browser; reserved
    schemes to the system's own apps. A file is copied into the Inbox of who reads its type.
Not here:
    Security-scoped URLs: a file is used where it lies only if the app can reach it anyway.
Messages:
    OPEN_URL and ``lsd.can_open_url`` from guests; URL and ACTIVITY to them.
Sources:
    Apple, Defining a custom URL scheme; ``application(_:open:options:)``; ``canOpenURL(_:)``;
    ``application(_:continue:restorationHandler:)``; RFC 3986.
"""
