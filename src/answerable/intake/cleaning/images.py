"""Pictures, drawn anew: the right way up, and nothing beside the points themselves."""

from __future__ import annotations

import io
import warnings

from PIL import AvifImagePlugin, Image, ImageOps, UnidentifiedImageError, features

from answerable.intake.cleaning.outcome import Refused

#: The most points that are held: four bytes each, twice, fit the memory of the process.
MAX_PIXELS = 40_000_000
#: Their libraries hold every point twice more while they read.
_COSTLY = ("WEBP", "AVIF")
_QUALITY = 90
_FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF")
#: Drawn by hand or by programs: kept without loss. The others come from cameras.
_LOSSLESS = ("PNG", "GIF", "TIFF", "BMP")


def prepare() -> None:
    """Loads every part of the library that a file may call for, while files can still be opened."""
    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # no thread can be started where this runs
    small = Image.new("RGB", (8, 8))
    for name in _FORMATS:
        if name == "AVIF" and not features.check("avif"):
            continue
        out = io.BytesIO()
        small.save(out, name)
        clean(out.getvalue(), name)
    alpha = io.BytesIO()
    Image.new("LA", (8, 8)).save(alpha, "PNG")
    clean(alpha.getvalue(), "PNG")


def _opened(data: bytes, name: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our own limit is exact, and comes before any point is read
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=(name,))
        except UnidentifiedImageError:
            raise Refused("damaged") from None
        if name == "JPEG":
            _read_smaller(image)
        if image.width * image.height > MAX_PIXELS // (2 if name in _COSTLY else 1):
            raise Refused("too_many_pixels")
        image.load()
    return image


def _read_smaller(image: Image.Image) -> None:
    """Has a large JPEG read at a half, a quarter or an eighth, so that its full size is never held."""
    points = image.width * image.height
    scale = next((scale for scale in (1, 2, 4, 8) if points <= MAX_PIXELS * scale * scale), 1)
    if scale > 1:
        image.draft(None, (image.width // scale, image.height // scale))


def _redrawn(image: Image.Image) -> Image.Image:
    """The points alone, upright, in a picture that never had anything beside them."""
    ImageOps.exif_transpose(image, in_place=True)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode in ("1", "L") and mode == "RGB":
        mode = "L"
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image, mode = _narrowed(image), "L"
    if image.mode != mode:
        image = image.convert(mode)
    bare = Image.new(mode, image.size)
    bare.paste(image)
    return bare


def _narrowed(image: Image.Image) -> Image.Image:
    """Sixteen bits a point, or more, as eight: the upper eight of sixteen."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def clean(data: bytes, name: str) -> tuple[bytes, str]:
    """The picture redrawn, and its type: PNG where it was drawn without loss or has see-through parts, else JPEG.

    Of a picture that moves, the first frame. Raises Refused.
    """
    redrawn = _redrawn(_opened(data, name))
    out = io.BytesIO()
    if name in _LOSSLESS or redrawn.mode == "RGBA":
        redrawn.save(out, "PNG")
        return out.getvalue(), "image/png"
    redrawn.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue(), "image/jpeg"
