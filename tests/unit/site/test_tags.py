"""What a tag may be."""

import pytest

from widget_site.errors import FormError
from widget_site.store import rules


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["Weather", "weather", " data-science "], ("weather", "data-science")),
        (["wetter-über", "日本", "3d"], ("wetter-über", "日本", "3d")),
        # The same letter written in two ways is one tag.
        (["u\u0308ber", "\u00fcber"], ("über",)),
        ([], ()),
    ],
)
def test_tags_are_small_and_once(given: list[str], kept: tuple[str, ...]) -> None:
    assert rules.tags(given) == kept


@pytest.mark.parametrize(
    "tags", [["two words"], [""], ["a_b"], ["-a"], ["a--b"], ["x" * 31], ["a\0"], ["\ud800"], list("abcdef"), ["a/b"]]
)
def test_what_is_no_tag_and_a_sixth_one_are_refused(tags: list[str]) -> None:
    with pytest.raises(FormError) as refused:
        rules.tags(tags)

    assert refused.value.field == "tags"
