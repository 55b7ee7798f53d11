"""What a person was doing elsewhere, to be gone on with here: ``NSUserActivity``."""

from simulator.sdk._url import URL

__all__ = ("NSUserActivity", "NSUserActivityTypeBrowsingWeb")

NSUserActivityTypeBrowsingWeb = "NSUserActivityTypeBrowsingWeb"


class NSUserActivity:
    """An activity.

    Attributes:
        activity_type: ``NSUserActivityTypeBrowsingWeb`` for a universal link.
        webpage_url: The link, or None.
    """

    __slots__ = ("activity_type", "webpage_url")

    def __init__(self, activity_type: str, webpage_url: URL | None = None) -> None:
        self.activity_type = activity_type
        self.webpage_url = webpage_url

    @classmethod
    def from_host(cls, told: object) -> "NSUserActivity":
        """Return the activity that the host describes."""
        assert isinstance(told, dict)
        page = told.get("webpage_url")

        return cls(str(told["type"]), URL(str(page)) if page else None)

    def __repr__(self) -> str:
        return f"NSUserActivity({self.activity_type!r}, {self.webpage_url!r})"
