"""Searchable PDF: the words can be found where they stand, and the page looks as it did."""

from __future__ import annotations

import io
import random
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Dictionary, Name
from PIL import Image, ImageDraw, ImageOps

from builders import line, page
from stele.domain.document import Block, BlockKind, Break, Page, PageError, PageSource, Paragraph
from stele.domain.errors import FormatUnavailable, PasswordRequired, PasswordWrong
from stele.domain.geometry import Orientation, bounding, rectangle
from stele.domain.job import Format
from stele.domain.value import changed
from stele.pipeline.export.exporting import write
from stele.pipeline.export.pictures import page_size
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.export.upright import displayed, displayed_size

LINES = [
    "The quick brown fox",
    "jumps over the lazy dog",
    "",
    ("Ελληνικά и русский", 30),
    "日本語 中文",
    "naïve €5 — Łódź",
]


def searchable(original: Path, *pages: Page, password: str | None = None) -> bytes:
    out = io.BytesIO()
    write(Format.PDF, ExportInput(name=original.name, pages=iter(pages), original=original, password=password), out)
    return out.getvalue()


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (low x, low y, high x, high y)."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (sum(areas) - width * height)


def found_boxes(textpage: pypdfium2.PdfTextPage, text: str) -> list[tuple[float, ...]]:
    search = textpage.search(text, match_case=True)
    boxes = []
    while hit := search.get_next():
        chars = [textpage.get_charbox(i) for i in range(hit[0], hit[0] + hit[1])]
        lows, highs = np.array(chars)[:, :2].min(axis=0), np.array(chars)[:, 2:].max(axis=0)
        boxes.append((*lows, *highs))
    return boxes


def assert_words_in_place(
    pdf: bytes, this: Page, box: tuple[float, float, float, float], *, turned: bool = False
) -> None:
    """Each word of `this` is found, and where: `box` is what the page's pixels cover (left, bottom, right, top).

    With `turned`, pixels are those of the page before /Rotate, and so is the box.
    """
    textpage = pypdfium2.PdfDocument(pdf)[this.number - 1].get_textpage()
    width, height = (this.width, this.height) if turned else displayed_size(this)
    across, down = (box[2] - box[0]) / width, (box[3] - box[1]) / height
    for word in this.words():
        polygon = word.polygon if turned else displayed(this, word.polygon).polygon
        xs, ys = zip(*polygon, strict=True)
        place = box[0] + min(xs) * across, box[3] - max(ys) * down, box[0] + max(xs) * across, box[3] - min(ys) * down
        best = max((overlap(found, place) for found in found_boxes(textpage, word.text)), default=0.0)
        assert best > 0.5, word.text


def rendered(pdf: bytes | Path, number: int = 1, scale: float = 1.5) -> np.ndarray:
    return pypdfium2.PdfDocument(pdf)[number - 1].render(scale=scale).to_numpy()


def text_of(pdf: bytes, number: int = 1) -> str:
    return pypdfium2.PdfDocument(pdf)[number - 1].get_textpage().get_text_range().replace("\r\n", "\n").strip()


# -- over a PDF -------------------------------------------------------------------------------------------------------


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Two pages of a PDF with boxes off the origin, and content that leaves its state changed and unbalanced."""
    pdf = pikepdf.new()
    for number in (1, 2):
        target = pdf.add_blank_page(page_size=(500, 700))
        target.obj.MediaBox = [10, 20, 510, 720]
        target.obj.CropBox = [460, 670, 60, 70]  # any two corners may be named
        state = "q 0.5 0 0 0.5 100 100 cm q 3 Tc 50 Tz 7 Tr 1 0 0 rg"
        target.obj.Contents = pdf.make_stream(f"{state} {number}0 50 300 400 re f 9 w 0 0 m 600 800 l S".encode())
    path = tmp_path / "scan.pdf"
    pdf.save(path)
    return path


#: what of the scan's pages is seen
CROP = (60, 70, 460, 670)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_lie_over_a_pdf_page_whatever_its_boxes_and_rotation(scan: Path, rotation: int) -> None:
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        for target in pdf.pages:
            target.obj.Rotate = rotation
        pdf.save(scan)
    swapped = rotation in (90, 270)
    this = page(
        2,
        LINES,
        width=1200 if swapped else 800,
        height=800 if swapped else 1200,
        orientation=Orientation.from_pdf_rotation(rotation),
        points=(400.0, 600.0),
        scale=2.0,
    )
    result = searchable(scan, page(1, [], width=800, height=1200), this)
    assert_words_in_place(result, this, CROP, turned=True)
    assert "The quick brown fox" in text_of(result, 2)
    assert text_of(result, 1) == ""
    for number in (1, 2):
        np.testing.assert_array_equal(rendered(result, number), rendered(scan, number))


def test_pages_with_words_of_their_own_are_left_alone(scan: Path) -> None:
    pages = page(1, LINES, source=PageSource.TEXT_LAYER), page(2, LINES, error=PageError(code="engine", message="No."))
    result = pikepdf.open(io.BytesIO(searchable(scan, *pages)))
    for before, after in zip(pikepdf.open(scan).pages, result.pages, strict=True):
        assert after.obj.Contents.read_bytes() == before.obj.Contents.read_bytes()
        assert "/Font" not in after.obj.Resources


def test_of_mixed_pages_only_words_that_the_file_lacks_are_added(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    target = pdf.add_blank_page(page_size=(300, 400))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    target.obj.Resources = Dictionary(Font=Dictionary(SteleText=pdf.make_indirect(font)))
    # over the first line of the builder's page, at two pixels a point
    target.obj.Contents = pdf.make_stream(b"BT /SteleText 10 Tf 25 367 Td (Printed heading) Tj ET")
    path = tmp_path / "mixed.pdf"
    pdf.save(path)
    this = page(1, ["Printed heading", "scanned stamp"], source=PageSource.MIXED, points=(300.0, 400.0), scale=2.0)
    result = searchable(path, this)
    assert text_of(result).count("Printed") == 1
    assert "scanned stamp" in text_of(result)
    np.testing.assert_array_equal(rendered(result), rendered(path))


def test_pages_that_were_not_read_stay(scan: Path) -> None:
    assert len(pypdfium2.PdfDocument(searchable(scan, page(2)))) == 2


def test_pages_may_share_their_resources(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    shared = pdf.make_indirect(Dictionary(Font=Dictionary()))
    for _ in range(2):
        pdf.add_blank_page(page_size=(300, 400)).obj.Resources = shared
    path = tmp_path / "shared.pdf"
    pdf.save(path)
    result = searchable(path, page(1, ["first"]), page(2, ["second"]))
    assert (text_of(result, 1), text_of(result, 2)) == ("first", "second")


def test_a_pdf_grows_by_little_more_than_its_words(tmp_path: Path) -> None:
    noise = Image.frombytes("L", (1000, 1400), random.Random(0).randbytes(1_400_000))
    jpeg = io.BytesIO()
    noise.save(jpeg, "JPEG", quality=50)
    path = tmp_path / "scan.pdf"
    path.write_bytes(img2pdf.convert(jpeg.getvalue()))
    this = page(1, ["word " * 12] * 30, width=1000, height=1400)
    result = searchable(path, this)
    assert len(result) < path.stat().st_size + 3000 + 30 * sum(1 for _ in this.words())
    assert raw(result) == jpeg.getvalue()


@pytest.mark.parametrize(("given", "error"), [(None, PasswordRequired), ("wrong", PasswordWrong)])
def test_an_encrypted_pdf_needs_its_password(scan: Path, tmp_path: Path, given: str | None, error: type) -> None:
    path = encrypted(scan, tmp_path, user="user")
    with pytest.raises(error):
        searchable(path, page(1), password=given)


def encrypted(scan: Path, folder: Path, *, user: str, **allowed: bool) -> Path:
    path = folder / "encrypted.pdf"
    with pikepdf.open(scan) as pdf:
        permissions = pikepdf.Permissions(**allowed)
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=user, allow=permissions))
    return path


def test_an_encrypted_pdf_is_written_decrypted_where_that_is_allowed(scan: Path, tmp_path: Path) -> None:
    result = searchable(encrypted(scan, tmp_path, user="user"), page(1, ["secret"]), password="user")
    assert not pikepdf.open(io.BytesIO(result)).is_encrypted
    assert text_of(result) == "secret"


def test_permissions_bind_the_user_but_not_the_owner(scan: Path, tmp_path: Path) -> None:
    path = encrypted(scan, tmp_path, user="", modify_other=False)
    with pytest.raises(FormatUnavailable, match="owner's password"):
        searchable(path, page(1))
    assert text_of(searchable(path, page(1, ["mine"]), password="owner")) == "mine"


def test_without_the_original_there_is_no_pdf(tmp_path: Path) -> None:
    for original in (None, tmp_path / "gone.png"):
        with pytest.raises(FormatUnavailable, match="no longer kept"):
            write(Format.PDF, ExportInput(name="x", pages=[page()], original=original), io.BytesIO())


# -- over images ------------------------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (600, 800), mode: str = "RGB") -> Image.Image:
    """Something with an up, a down, a left and a right."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 3, size[1] // 4), fill=(200, 30, 40))
    draw.ellipse((size[0] // 2, size[1] // 2, size[0] - 9, size[1] - 40), fill=(20, 60, 180))
    return image.convert(mode)


def stored(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


@contextmanager
def embedded(pdf: bytes, number: int = 1) -> Iterator[pikepdf.Object]:
    """The one image of a page, as long as the PDF is open."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (image,) = opened.pages[number - 1].get_images().values()
        yield image


def raw(pdf: bytes, number: int = 1) -> bytes:
    with embedded(pdf, number) as image:
        return image.read_raw_bytes()


def decoded(pdf: bytes, number: int = 1) -> Image.Image:
    with embedded(pdf, number) as image:
        return pikepdf.PdfImage(image).as_pil_image()


def encoding(pdf: bytes, number: int = 1) -> str:
    with embedded(pdf, number) as image:
        return str(image.Filter if isinstance(image.Filter, Name) else image.Filter[0])


@pytest.mark.parametrize("orientation", list(Orientation))
def test_a_jpeg_is_taken_over_as_it_is_and_turned_as_exif_demands(tmp_path: Path, orientation: Orientation) -> None:
    exif = Image.Exif()
    exif[274] = int(orientation)
    path = stored(picture(), tmp_path / "photo.jpg", quality=90, exif=exif, dpi=(100, 100))
    width, height = (800, 600) if orientation.swaps_axes else (600, 800)
    this = page(1, LINES, width=width, height=height, orientation=orientation)
    result = searchable(path, this)
    assert raw(result) == path.read_bytes()
    assert len(result) < path.stat().st_size + 3500
    size = pypdfium2.PdfDocument(result)[0].get_size()
    assert size == pytest.approx((width * 0.72, height * 0.72))
    assert_words_in_place(result, this, (0, 0, *size))
    shown = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    np.testing.assert_array_equal(rendered(result, scale=100 / 72)[:, :, ::-1], shown)


@pytest.mark.parametrize("turn", [-3, 2, 30, 90, 270])
def test_turned_text_is_turned(tmp_path: Path, turn: float) -> None:
    path = stored(picture((700, 700)), tmp_path / "turned.png", dpi=(72, 72))
    this = page(1, LINES, width=700, height=700, turn=turn)
    result = searchable(path, this)
    assert_words_in_place(result, this, (0, 0, 700, 700))
    assert "quick brown fox" in text_of(result)


@pytest.mark.parametrize(
    ("name", "mode", "options", "filters"),
    [
        ("grey.jpg", "L", {}, "/DCTDecode"),
        ("cmyk.jpg", "CMYK", {}, "/DCTDecode"),
        ("progressive.jpg", "RGB", {"progressive": True}, "/DCTDecode"),
        ("lossless.jp2", "RGB", {}, "/JPXDecode"),
        ("colour.png", "RGB", {}, "/FlateDecode"),
        ("palette.png", "P", {}, "/FlateDecode"),
        ("alpha.png", "RGBA", {}, "/FlateDecode"),
        ("deep.png", "I;16", {}, "/FlateDecode"),
        ("black.tif", "1", {"compression": "group4"}, "/CCITTFaxDecode"),
        ("packed.tif", "1", {"compression": "packbits"}, "/CCITTFaxDecode"),
        ("photo.tif", "RGB", {"compression": "jpeg"}, "/DCTDecode"),
        ("lzw.tif", "RGB", {"compression": "tiff_lzw"}, "/FlateDecode"),
        ("colour.bmp", "RGB", {}, "/FlateDecode"),
        ("colour.webp", "RGB", {}, "/FlateDecode"),
        ("colour.gif", "P", {}, "/FlateDecode"),
        ("black.pbm", "1", {}, "/CCITTFaxDecode"),
    ],
)
def test_every_kind_of_image_goes_in(tmp_path: Path, name: str, mode: str, options: dict, filters: str) -> None:
    image = picture(mode=mode) if mode != "I;16" else picture(mode="L").convert("I;16")
    path = stored(image, tmp_path / name, **options)
    result = searchable(path, page(1, ["Hello world"]))
    assert text_of(result) == "Hello world"
    assert encoding(result) == filters
    with embedded(result) as put:
        assert (put.Width, put.Height) == (600, 800)
    if filters in ("/CCITTFaxDecode", "/FlateDecode") and mode not in ("I;16", "RGBA"):
        shown = np.asarray(Image.open(path).convert("RGB"))
        np.testing.assert_array_equal(np.asarray(decoded(result).convert("RGB")), shown)


@pytest.mark.parametrize("strip_size", [1 << 12, 1 << 30])
@pytest.mark.parametrize("mode", ["RGB", "L", "YCbCr"])
def test_jpeg_pages_of_a_tiff_are_not_decoded(tmp_path: Path, mode: str, strip_size: int) -> None:
    """The strips of a page, in which TIFF keeps a JPEG, are joined to one JPEG."""
    path = tmp_path / "strips.tif"
    noise = Image.frombytes("RGB", (333, 251), random.Random(1).randbytes(333 * 251 * 3)).convert(mode)
    noise.save(path, compression="jpeg", quality=80, strip_size=strip_size)
    result = searchable(path, page(1, ["in strips"], width=333, height=251))
    assert encoding(result) == "/DCTDecode"
    assert len(result) < path.stat().st_size + 3000
    np.testing.assert_array_equal(
        np.asarray(decoded(result).convert("RGB")), np.asarray(Image.open(path).convert("RGB"))
    )


def test_each_image_of_a_file_is_a_page(tmp_path: Path) -> None:
    frames = [picture((300 + 10 * n, 400), "1") for n in range(70)]
    path = tmp_path / "fax.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="group4", dpi=(204, 98))
    pages = [page(n + 1, [f"page {n + 1}"], width=300 + 10 * n, height=400) for n in range(70)]
    result = searchable(path, *pages)
    pdf = pypdfium2.PdfDocument(result)
    assert [text_of(result, n) for n in (1, 64, 65, 70)] == ["page 1", "page 64", "page 65", "page 70"]
    assert pdf[69].get_size() == pytest.approx((990 / 204 * 72, 400 / 98 * 72))
    np.testing.assert_array_equal(np.asarray(decoded(result, 70)), np.asarray(frames[69]))


def test_a_page_that_cannot_be_decoded_is_an_empty_page(tmp_path: Path) -> None:
    path = stored(picture(mode="1"), tmp_path / "two.tif", save_all=True, append_images=[picture(mode="1")])
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    broken = Page(number=2, width=0, height=0, error=PageError(code="input.corrupt_page", message="Damaged."))
    result = searchable(path, page(1, ["whole"]), broken)
    assert (text_of(result, 1), text_of(result, 2)) == ("whole", "")


def test_an_original_that_changed_since_is_an_error(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "single.png")
    with pytest.raises(FormatUnavailable, match="not in the file any more"):
        searchable(path, page(1), page(2))


@pytest.mark.parametrize(
    ("pixels", "resolution", "size"),
    [
        ((600, 1200), (300, 600), (144, 144)),
        ((200, 400), None, (72, 144)),
        ((200, 400), (1, 1), (72, 144)),  # Pillow's word for none
        ((200, 400), (0, 0), (72, 144)),
        ((30_000, 100), (72, 72), (10_800, 36)),  # stated, and longer than a page may be
        ((65_000, 4), None, (14_400, 3)),
    ],
)
def test_the_page_is_as_large_as_the_image_says(pixels, resolution, size) -> None:
    assert page_size(pixels, resolution) == size


# -- text -------------------------------------------------------------------------------------------------------------


def test_words_are_apart_where_they_were_and_only_there(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "page.png")
    this = line("日本 語で す。")
    words, left = [], 50.0
    for word in this.words:
        right = left + 20 * len(word.text)
        words.append(changed(word, break_=Break.NONE, polygon=rectangle(left, 50, right, 70)))
        left = right
    joined = changed(this, words=tuple(words))
    english = line("two words", top=100, first=3)
    paragraph = Paragraph(polygon=this.polygon, lines=(joined, english))
    blocks = (Block(kind=BlockKind.TEXT, polygon=bounding([this.polygon, english.polygon]), paragraphs=(paragraph,)),)
    tight = changed(page(1, []), blocks=blocks)
    assert text_of(searchable(path, tight)).split("\n") == ["日本語です。", "two words"]


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا بالعالم", "גרסה (2.5) של שנת 2024"])
def test_scripts_from_right_to_left_are_found(tmp_path: Path, text: str) -> None:
    """Words of such a line follow each other to the left."""
    path = stored(picture(), tmp_path / "page.png", dpi=(72, 72))
    words, right = [], 550.0
    for index, part in enumerate(text.split()):
        made = line(part, left=right - 10 * len(part), first=index)
        words += made.words
        right -= 10 * len(part) + 10
    whole = changed(line(text), words=tuple(words))
    paragraph = Paragraph(polygon=whole.polygon, lines=(whole,))
    this = changed(page(1, []), blocks=(Block(kind=BlockKind.TEXT, polygon=whole.polygon, paragraphs=(paragraph,)),))
    result = searchable(path, this)
    assert_words_in_place(result, this, (0, 0, 600, 800))
    assert text_of(result) == text


def test_broken_characters_do_no_harm(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "page.png")
    assert "end" in text_of(searchable(path, page(1, ["half\ud800 a\x00b \ufeff end"])))


def test_characters_beyond_the_first_plane_are_kept(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "page.png")
    assert text_of(searchable(path, page(1, ["smile 😀 𠮷野家"]))) == "smile 😀 𠮷野家"


def test_the_output_need_not_be_seekable(scan: Path, tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """What standard output may be."""

        def __init__(self) -> None:
            self.got = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.got += data
            return len(data)

    for original in (scan, stored(picture(), tmp_path / "page.png")):
        pipe = Pipe()
        write(Format.PDF, ExportInput(name="x", pages=[page(1, LINES)], original=original), pipe)
        assert bytes(pipe.got) == searchable(original, page(1, LINES))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "page.png")
    assert searchable(path, page(1, LINES)) == searchable(path, page(1, LINES))


def test_memory_does_not_grow_with_the_pages_of_a_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        frame = picture((200, 200), "RGB")
        path = tmp_path / f"{count}.tif"
        frame.save(path, save_all=True, append_images=[frame] * (count - 1), compression="tiff_lzw")
        pages = (page(n + 1, ["some words here"] * 5, width=200, height=200) for n in range(count))
        tracemalloc.start()
        try:
            with (tmp_path / "out.pdf").open("wb") as out:
                write(Format.PDF, ExportInput(name="x", pages=pages, original=path), out)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # what is imported and cached at the first time
    assert peak(80) - peak(20) < 60 * 10_000  # a frame has 120,000 bytes
