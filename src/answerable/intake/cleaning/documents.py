"""PDF documents as pictures of their pages, in a new document that has nothing else."""

from __future__ import annotations

import io

import pypdfium2
import pypdfium2.raw as pdfium

from answerable.intake.cleaning.outcome import Refused

MAX_PAGES = 200
#: 150 points to an inch, and never more than this for one page, however large it says it is.
_SCALE, _MAX_PIXELS = 150 / 72, 6_000_000
_QUALITY = 80
_ENCRYPTED = 4  # FPDF_ERR_PASSWORD
#: The most that the pages' pictures may take together.
MAX_OUTPUT = 48 << 20

Page = tuple[bytes, int, int, float, float]


def prepare() -> None:
    """Loads what redrawing calls for, by redrawing a document of one page."""
    clean(_document([(_JPEG, 1, 1, 72.0, 72.0)]))


def clean(data: bytes) -> tuple[bytes, str]:
    """A document with a picture of each page. Raises Refused."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        locked = pdfium.FPDF_GetLastError() == _ENCRYPTED
        raise Refused("encrypted" if locked else "damaged") from None
    if not 0 < len(document) <= MAX_PAGES:
        raise Refused("too_many_pages" if len(document) else "damaged")
    pages, total = [], 0
    for number in range(len(document)):
        page = _drawn(document, number)
        total += len(page[0])
        if total > MAX_OUTPUT:
            raise Refused("too_much_output")
        pages.append(page)
    return _document(pages), "application/pdf"


def _drawn(document: pypdfium2.PdfDocument, number: int) -> Page:
    try:
        page = document[number]
        # Notes and what was typed into forms become part of the page, or would not be drawn.
        pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        page = document[number]
        width, height = page.get_size()
    except pypdfium2.PdfiumError:
        raise Refused("damaged") from None
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise Refused("damaged")
    scale = min(_SCALE, (_MAX_PIXELS / (width * height)) ** 0.5)
    picture = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue(), picture.width, picture.height, width, height


def _document(pages: list[Page]) -> bytes:
    """A PDF 1.4 (ISO 32000) of pages that are one JPEG each: no fonts, no links, no dates, no producer."""
    out = bytearray(b"%PDF-1.4\n")
    places: list[int] = []

    def write(body: bytes) -> None:
        places.append(len(out))
        out.extend(b"%d 0 obj\n%b\nendobj\n" % (len(places), body))

    kids = b" ".join(b"%d 0 R" % (3 + 3 * number) for number in range(len(pages)))
    write(b"<< /Type /Catalog /Pages 2 0 R >>")
    write(b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(pages), kids))
    for number, (jpeg, columns, rows, width, height) in enumerate(pages):
        first = 3 + 3 * number
        write(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R"
            b" /Resources << /XObject << /P %d 0 R >> >> >>" % (width, height, first + 1, first + 2)
        )
        content = b"%.2f 0 0 %.2f 0 0 cm /P Do" % (width, height)
        write(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        write(
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8"
            b" /Filter /DCTDecode /Length %d >>\nstream\n%b\nendstream" % (columns, rows, len(jpeg), jpeg)
        )
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start)
    return bytes(out)


def _one_point() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, "JPEG")
    return out.getvalue()


_JPEG = _one_point()
