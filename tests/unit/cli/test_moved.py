"""A widget that was renamed is found under the name that its folder still has, on the same site alone."""

import pytest

from widget_cli.errors import ApiError
from widget_cli.site import Site


class Renamed(Site):
    """A site whose widget old-name is called new-name now."""

    def __init__(self, slug: object = "new-name") -> None:
        super().__init__("http://localhost:1", "token")
        self.asked: list[str] = []
        self.slug = slug

    def _try(self, method: str, path: str, data: bytes | None, kind: str, query: dict[str, object]) -> bytes:
        self.asked.append(f"{method} {path} {query}")
        if path.startswith("/widgets/old-name"):
            raise ApiError("This widget is called new-name now.", 308, "moved", {"slug": self.slug})
        return b'{"ok": true}'


def test_the_same_request_goes_to_the_new_name() -> None:
    site = Renamed()

    assert site.put("/widgets/old-name/files", {"files": {}}) == {"ok": True}
    assert site.get("/widgets/old-name", page=1) == {"ok": True}

    assert site.asked == [
        "PUT /widgets/old-name/files {}",
        "PUT /widgets/new-name/files {}",
        "GET /widgets/old-name {'page': 1}",
        "GET /widgets/new-name {'page': 1}",
    ]


@pytest.mark.parametrize("slug", ["old-name", "../../x", "http://elsewhere.test/"])
def test_it_goes_on_once_and_nowhere_else(slug: str) -> None:
    site = Renamed(slug)

    if slug == "old-name":
        with pytest.raises(ApiError):
            site.get("/widgets/old-name")
    else:
        site.get("/widgets/old-name")

    assert len(site.asked) == 2
    assert site.asked[1].startswith("GET /widgets/")
    assert site.asked[1].count("/") == 2
