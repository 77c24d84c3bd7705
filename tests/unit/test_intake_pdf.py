"""PDF pages: their size, scale and orientation, what they cost, and which files are refused."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import psutil
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from stele.domain.errors import (
    CorruptInput,
    CorruptPage,
    DecompressedTooLarge,
    PageLimitExceeded,
    PasswordRequired,
    PasswordWrong,
    SteleError,
)
from stele.domain.geometry import Orientation, to_submitted
from stele.domain.media import Limits, MediaType
from stele.pipeline.intake import pdf as pdf_module
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import OpenDocument, PageInput

A4 = (595.0, 842.0)


def drawn(draw: Callable[[Canvas], None], size: tuple[float, float] = A4, pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for _ in range(pages):
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def edited(data: bytes, edit: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        edit(pdf)
        pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def hello(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 12)
    canvas.drawString(50, 700, "Hello intake")


def first_page(document: OpenDocument) -> PageInput:
    return next(document.pages(1, 1))


def words(page: PageInput) -> list[str]:
    layer = page.text_layer()
    return [word.text for word in layer.words] if layer else []


def picture(pdf: pikepdf.Pdf, samples: bytes, size: tuple[int, int]) -> pikepdf.Stream:
    return pdf.make_stream(
        samples,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


# -- size, scale, orientation -----------------------------------------------------------------------------------------


def test_a_page_is_rendered_at_200_dpi(opened: Callable[..., OpenDocument]) -> None:
    with opened(drawn(hello)) as document:
        page = first_page(document)
        pixels = page.raster()
        assert words(page) == ["Hello", "intake"]
    assert (document.media_type, document.page_count) == (MediaType.PDF, 1)
    assert (page.width, page.height) == (1653, 2339)
    assert page.points == A4
    assert page.scale == pytest.approx(200 / 72)
    assert pixels.shape == (2339, 1653, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.flags["OWNDATA"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90, 450])
def test_rotation_is_recorded_and_displayed(opened: Callable[..., OpenDocument], rotation: int) -> None:
    def mark(canvas: Canvas) -> None:
        canvas.rect(100, 600, 40, 20, stroke=0, fill=1)  # in points, from below

    def turn(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Rotate = rotation

    with opened(edited(drawn(mark), turn)) as document:
        page = first_page(document)
        pixels = page.raster()
    assert page.orientation is Orientation.from_pdf_rotation(rotation)
    assert (page.width, page.height) == (1653, 2339)
    assert page.points == A4
    assert pixels.shape[:2] == ((1653, 2339) if rotation % 180 else (2339, 1653))
    ys, xs = np.nonzero(pixels[..., 0] < 128)
    scale = page.scale or 0
    for x, y in ((xs.min(), ys.min()), (xs.max() + 1, ys.max() + 1)):
        submitted = to_submitted((x, y), page.orientation, page.width, page.height)
        assert min(abs(submitted[0] - edge * scale) for edge in (100, 140)) <= 2
        assert min(abs(submitted[1] - (842 - edge) * scale) for edge in (600, 620)) <= 2


def test_the_crop_box_cuts(opened: Callable[..., OpenDocument]) -> None:
    def crop(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].CropBox = [40, 690, 240, 790]

    with opened(edited(drawn(hello), crop)) as document:
        page = first_page(document)
        layer = page.text_layer()
        assert page.points == (200, 100)
        assert page.raster().shape == (278, 556, 3)
    assert layer is not None
    left, top = layer.words[0].polygon[0]
    assert left == pytest.approx(10 * 200 / 72, abs=2)
    assert top == pytest.approx(80 * 200 / 72, abs=4)


def test_a_crop_box_beside_the_page_cuts_nothing(opened: Callable[..., OpenDocument]) -> None:
    def crop(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].CropBox = [2000, 2000, 2100, 2100]

    with opened(edited(drawn(hello), crop)) as document:
        page = first_page(document)
        assert page.points == A4
        assert words(page) == ["Hello", "intake"]


def test_a_user_unit_makes_points_larger(opened: Callable[..., OpenDocument]) -> None:
    def unit(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].UserUnit = 2

    with opened(edited(drawn(hello, (200, 100)), unit)) as document:
        page = first_page(document)
    assert page.points == (400, 200)
    assert page.scale == pytest.approx(200 / 72)
    assert (page.width, page.height) == (1111, 556)


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 300), (3370, 2384)])
def test_large_pages_are_scaled_down_to_the_limits(
    opened: Callable[..., OpenDocument], size: tuple[float, float]
) -> None:
    with opened(drawn(hello, size), max_pixels=4_000_000, max_side=5_000) as document:
        page = first_page(document)
        height, width, _ = page.raster().shape
    assert width * height <= 4_000_000
    assert max(width, height) <= 5_000
    assert width * height > 3_900_000 or max(width, height) > 4_900
    assert page.scale == pytest.approx(page.width / size[0], rel=0.01)


def test_tiny_pages_are_scaled_up(opened: Callable[..., OpenDocument]) -> None:
    with opened(drawn(lambda canvas: canvas.rect(2, 2, 10, 10, fill=1), (20, 10))) as document:
        page = first_page(document)
        assert page.raster().shape == (200, 400, 3)
    assert page.points == (20, 10)


# -- scans ------------------------------------------------------------------------------------------------------------


def scan(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (height, width), dtype=np.uint8))


def fill_page(image: Image.Image, size: tuple[float, float] = A4) -> Callable[[Canvas], None]:
    return lambda canvas: canvas.drawImage(ImageReader(image), 0, 0, *size)


def test_the_pixels_of_a_scan_come_through_as_they_are(opened: Callable[..., OpenDocument]) -> None:
    image = scan(1190, 1684)  # two pixels a point
    with opened(drawn(fill_page(image))) as document:
        page = first_page(document)
        pixels = page.raster()
        assert page.text_layer() is None
    assert page.scale == pytest.approx(2.0)
    assert pixels.shape == (1684, 1190, 3)
    assert (pixels == np.asarray(image)[..., None]).all()


def test_the_pixels_of_a_scan_come_through_although_its_page_is_a_rounded_one(
    opened: Callable[..., OpenDocument],
) -> None:
    image = scan(827, 1170)  # A4 at 100 dpi
    with opened(drawn(fill_page(image))) as document:
        page = first_page(document)
        assert (page.width, page.height) == (827, 1170)
        assert (page.raster() == np.asarray(image)[..., None]).all()


def test_the_pixels_of_a_fax_become_square(opened: Callable[..., OpenDocument]) -> None:
    with opened(drawn(fill_page(scan(1728, 1100)))) as document:
        page = first_page(document)
    assert (page.width, page.height) == (1728, round(842 * 1728 / 595))


def test_a_scan_may_lie_on_its_side(opened: Callable[..., OpenDocument]) -> None:
    image = scan(1170, 827)

    def turned(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawImage(ImageReader(image), 0, -595, 842, 595)

    with opened(drawn(turned)) as document:
        page = first_page(document)
        assert (page.width, page.height) == (827, 1170)
        assert (page.raster() == np.rot90(np.asarray(image))[..., None]).all()


@pytest.mark.parametrize(("dpi", "expected"), [(300, 300), (600, 400), (50, 100)])
def test_the_scale_of_a_scan_has_bounds(opened: Callable[..., OpenDocument], dpi: int, expected: int) -> None:
    size = (144.0, 288.0)
    with opened(drawn(fill_page(scan(dpi * 2, dpi * 4), size), size)) as document:
        page = first_page(document)
    assert page.scale == pytest.approx(expected / 72, rel=0.005)


def test_a_scan_in_strips_is_one_scan(opened: Callable[..., OpenDocument]) -> None:
    image = scan(1190, 1684)

    def strips(canvas: Canvas) -> None:
        for top in range(0, 1684, 200):
            strip = image.crop((0, top, 1190, min(top + 200, 1684)))
            canvas.drawImage(ImageReader(strip), 0, 842 - (top + strip.height) / 2, 595, strip.height / 2)

    with opened(drawn(strips)) as document:
        page = first_page(document)
        assert page.scale == pytest.approx(2.0, rel=0.01)
        assert np.abs(page.raster().astype(int) - np.asarray(image)[..., None]).mean() < 2


def test_a_stamped_scan_keeps_its_scale_and_a_background_does_not_set_it(
    opened: Callable[..., OpenDocument],
) -> None:
    paper = Image.new("1", (2480, 3508), 1)

    def stamped(canvas: Canvas) -> None:
        fill_page(paper)(canvas)
        hello(canvas)

    def written_over(canvas: Canvas) -> None:
        fill_page(paper)(canvas)
        for line in range(40):
            canvas.drawString(50, 780 - 15 * line, "A line of text over a picture that fills the page")

    for draw, dpi in ((stamped, 300), (written_over, 200)):
        with opened(drawn(draw)) as document:
            assert first_page(document).scale == pytest.approx(dpi / 72, rel=0.01)


# -- annotations and forms --------------------------------------------------------------------------------------------


def form(canvas: Canvas) -> None:
    canvas.drawString(20, 150, "Name:")
    canvas.acroForm.textfield(name="n", value="Ada Lovelace", x=80, y=140, width=150, height=20)


def without_appearances(pdf: pikepdf.Pdf) -> None:
    for annotation in pdf.pages[0].Annots:
        del annotation["/AP"]
    pdf.Root.AcroForm.NeedAppearances = True


@pytest.mark.parametrize("edit", [lambda pdf: None, without_appearances])
def test_the_values_of_form_fields_are_words(
    opened: Callable[..., OpenDocument], edit: Callable[[pikepdf.Pdf], None]
) -> None:
    with opened(edited(drawn(form, (300, 200)), edit)) as document:
        page = first_page(document)
        assert words(page) == ["Name:", "Ada", "Lovelace"]
        pixels, scale = page.raster(), page.scale or 0
    field = pixels[int(42 * scale) : int(58 * scale), int(84 * scale) : int(140 * scale)]
    assert (field < 100).any()


def test_other_annotations_are_drawn(opened: Callable[..., OpenDocument]) -> None:
    def highlight(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Annots = pdf.make_indirect(
            pikepdf.Array(
                [
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot,
                        Subtype=pikepdf.Name.Square,
                        Rect=[100, 100, 300, 200],
                        IC=[1, 0, 0],
                        C=[1, 0, 0],
                        F=4,
                    )
                ]
            )
        )

    with opened(edited(drawn(hello), highlight)) as document:
        page = first_page(document)
        scale = page.scale or 0
        assert page.raster()[int((842 - 150) * scale), int(200 * scale)].tolist() == [0, 0, 255]


# -- encryption -------------------------------------------------------------------------------------------------------

ENCRYPTIONS = [
    pikepdf.Encryption(user="open", owner="own", R=3, aes=False, metadata=False),
    pikepdf.Encryption(user="open", owner="own", R=4),
    pikepdf.Encryption(user="open", owner="own", R=6),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("encryption", ENCRYPTIONS, ids=["R3", "R4", "R6"])
def test_either_password_opens(opened: Callable[..., OpenDocument], encryption: pikepdf.Encryption) -> None:
    data = edited(drawn(hello), lambda pdf: None, encryption=encryption)
    for password in ("open", "own"):
        with opened(data, password) as document:
            page = first_page(document)
            assert words(page) == ["Hello", "intake"]
            assert page.raster().min() < 50
    with pytest.raises(PasswordRequired, match="report is encrypted"):
        opened(data)
    for wrong in ("", "wrong", "ope", "пароль"):
        with pytest.raises(PasswordWrong):
            opened(data, wrong)


@pytest.mark.parametrize("revision", [4, 6])
def test_passwords_beyond_ascii(opened: Callable[..., OpenDocument], revision: int) -> None:
    encryption = pikepdf.Encryption(user="pässwört", owner="own", R=revision)
    data = edited(drawn(hello), lambda pdf: None, encryption=encryption)
    with opened(data, "pässwört") as document:
        assert words(first_page(document)) == ["Hello", "intake"]


def test_permissions_are_not_looked_at_and_needless_passwords_neither(opened: Callable[..., OpenDocument]) -> None:
    encryption = pikepdf.Encryption(user="", owner="own", R=6, allow=pikepdf.Permissions(extract=False))
    restricted = edited(drawn(hello), lambda pdf: None, encryption=encryption)
    for data in (restricted, drawn(hello)):
        for password in (None, "", "own", "something else"):
            with opened(data, password) as document:
                assert words(first_page(document)) == ["Hello", "intake"]


# -- limits and damage ------------------------------------------------------------------------------------------------


def test_pages_are_counted(opened: Callable[..., OpenDocument]) -> None:
    data = drawn(hello, pages=3)
    with opened(data, max_pages=3) as document:
        assert [page.number for page in document.pages(1, 9)] == [1, 2, 3]
        assert [page.number for page in document.pages(2, 1)] == [2]
        assert list(document.pages(4, 1)) == []
    with pytest.raises(PageLimitExceeded):
        opened(data, max_pages=2)


def test_content_is_measured_before_it_is_parsed(opened: Callable[..., OpenDocument]) -> None:
    def inflate(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].Contents = pdf.make_stream(b"0 0 m 1 1 l S\n" * 100_000)
        form = pdf.make_stream(
            b" " * 1_400_000, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 9, 9]
        )
        pdf.pages[2].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))

    data = edited(drawn(hello, pages=4), inflate, compress_streams=True)
    assert len(data) < 20_000
    with opened(data, max_decompressed=16 * 1_000_000) as document:
        outcomes = []
        for page in document.pages(1, 4):
            try:
                outcomes.append(page.raster().shape[2])
            except DecompressedTooLarge:
                outcomes.append(0)
    assert outcomes == [3, 0, 0, 3]
    with opened(data, max_decompressed=16 * 1_500_000) as document:
        assert [page.raster().shape[2] for page in document.pages(1, 4)] == [3, 3, 3, 3]


def test_pictures_are_measured_before_they_are_decoded(opened: Callable[..., OpenDocument]) -> None:
    def inflate(pdf: pikepdf.Pdf) -> None:
        image = picture(pdf, bytes(4_000_000), (2000, 2000))
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        pdf.pages[0].Contents = pdf.make_stream(b"100 0 0 100 0 0 cm /I Do")

    data = edited(drawn(hello), inflate)
    with opened(data, max_decompressed=15_999_999) as document, pytest.raises(DecompressedTooLarge):
        first_page(document).raster()
    with opened(data, max_decompressed=16_000_000) as document:
        assert first_page(document).raster().min() == 0


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7", b"%PDF-1.7\n" + b"\0" * 5000, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"],
)
def test_files_without_a_structure_are_corrupt(opened: Callable[..., OpenDocument], data: bytes) -> None:
    with pytest.raises(CorruptInput, match="report is damaged"):
        opened(data)


def test_a_pdf_without_pages_is_corrupt(opened: Callable[..., OpenDocument]) -> None:
    out = io.BytesIO()
    pikepdf.new().save(out)
    with pytest.raises(CorruptInput, match="no pages"):
        opened(out.getvalue())


def test_a_truncated_pdf_is_mended_or_refused(opened: Callable[..., OpenDocument]) -> None:
    data = drawn(hello, pages=5)
    for share in range(5, 100, 5):
        try:
            with opened(data[: len(data) * share // 100]) as document:
                for page in document.pages(1, 5):
                    page.raster()
        except SteleError:
            continue


def test_a_broken_page_costs_no_other(opened: Callable[..., OpenDocument]) -> None:
    def lose(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Pages.Kids[1] = pikepdf.Dictionary(Type=pikepdf.Name.Font)

    with opened(edited(drawn(hello, pages=3), lose)) as document:
        assert document.page_count == 3
        outcomes: list[object] = []
        for page in document.pages(1, 3):
            try:
                outcomes.append((words(page), page.raster().shape[2], page.width))
            except CorruptPage as error:
                outcomes.append(error.details["page"])
    assert outcomes[0] == outcomes[2] == (["Hello", "intake"], 3, 1653)
    assert outcomes[1] in (2, ([], 3, 1700))  # viewers differ on whether such a thing is a page


def test_only_our_errors_come_out_of_damaged_files(opened: Callable[..., OpenDocument]) -> None:
    data = drawn(form, (300, 200), pages=2)
    rng = np.random.default_rng(11)
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(8, len(data), 30):
            broken[at] = rng.integers(256)
        try:
            with opened(bytes(broken)) as document:
                for page in document.pages(1, 3):
                    page.text_layer()
                    page.raster()
        except SteleError:
            continue


def test_names_need_not_be_unicode(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe scan")
    path.write_bytes(drawn(hello))
    with open_document(path, name="scan", limits=Limits()) as document:
        assert words(first_page(document)) == ["Hello", "intake"]


# -- laziness ---------------------------------------------------------------------------------------------------------


def test_the_document_is_opened_anew_so_that_memory_does_not_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pikepdf.new() as pdf:
        for number in range(60):
            page = pdf.add_blank_page(page_size=A4)
            scanned = picture(pdf, np.random.default_rng(number).bytes(700 * 800), (700, 800))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=scanned))
            page.Contents = pdf.make_stream(b"595 0 0 842 0 0 cm /I Do")
        path = tmp_path / "scans.pdf"
        pdf.save(path, compress_streams=False)
    assert path.stat().st_size > 30 * 1024**2
    monkeypatch.setattr(pdf_module, "_RENEWAL_BYTES", 4 * 1024**2)
    process = psutil.Process()
    used, sums = [], set()
    with open_document(path, name="scans", limits=Limits()) as document:
        for page in document.pages(1, 60):
            sums.add(int(page.raster().sum()))
            if page.number in {20, 60}:
                used.append(process.memory_info().rss)
    assert len(sums) == 60
    assert used[1] - used[0] < 12 * 1024**2  # the file has 34 MB, and pdfium keeps what it has read of it


def test_opening_renders_nothing(opened: Callable[..., OpenDocument], monkeypatch: pytest.MonkeyPatch) -> None:
    data = drawn(hello, pages=3)
    monkeypatch.setattr(pdf_module.pdfium_c, "FPDF_RenderPageBitmap", lambda *_: pytest.fail("rendered"))
    with opened(data) as document:
        assert [page.width for page in document.pages(1, 3)] == [1653] * 3
