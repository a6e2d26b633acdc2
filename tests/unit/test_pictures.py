"""Pictures are what their bytes say, whatever they are called."""

import io

import pytest
from PIL import Image

from widget_model.pictures import MAX_PIXELS, Picture, picture_of


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
@pytest.mark.parametrize("size", [(1, 1), (640, 480), (3, 1000)])
def test_type_and_size_are_read_from_the_bytes(kind: str, size: tuple[int, int]) -> None:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind)

    assert picture_of(written.getvalue()) == Picture(f"image/{kind}", *size)


def test_webp_without_loss_and_with_transparency_and_jpeg_with_metadata() -> None:
    lossless, alpha, rich = io.BytesIO(), io.BytesIO(), io.BytesIO()
    Image.new("RGB", (31, 17)).save(lossless, "webp", lossless=True)
    Image.new("RGBA", (31, 17), (1, 2, 3, 99)).save(alpha, "webp")
    Image.new("RGB", (31, 17)).save(rich, "jpeg", exif=b"Exif\0\0" + bytes(60_000), progressive=True)

    for written in (lossless, alpha, rich):
        picture = picture_of(written.getvalue())
        assert picture is not None
        assert (picture.width, picture.height) == (31, 17)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\0",
        b"\xff\xd8\xff" + b"\xff" * 50,
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8X\0",
        b"BM000000",
    ],
)
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert picture_of(content) is None


def test_a_small_file_that_unpacks_to_gigabytes_is_not_reasonable() -> None:
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (100_000).to_bytes(4, "big") * 2

    picture = picture_of(bomb)
    assert picture is not None
    assert picture.width * picture.height > MAX_PIXELS
    assert not picture.is_reasonable
