"""Office files made for tests, most of them by hand: small, and with what no program writes by itself."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
)


def packed(parts: dict[str, str | bytes], *, stored: str | None = None) -> bytes:
    """A zip archive; the part `stored` is not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return out.getvalue()


def open_document(kind: str, body: str, scripts: str = "", **more: str) -> bytes:
    """An OpenDocument file of a `kind` (text, spreadsheet), with the inside of its body element, and `more` parts."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>' for name in more
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        f"{entries}</manifest:manifest>"
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODF} office:version="1.2">{scripts}'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    parts = {"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": manifest, **more}
    return packed(parts, stored="mimetype")


_WORD = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PREFIX = "application/vnd.openxmlformats-officedocument"


def word(body: str, relationships: str = "", **parts: str | bytes) -> bytes:
    """A docx file with the inside of its body element, and the relationships of its document."""
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_PREFIX}.wordprocessingml.document.main+xml"/>'
            "</Types>",
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONSHIPS}"><Relationship Id="rId1" '
            f'Type="{_KINDS}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONSHIPS}">{relationships}</Relationships>',
            **parts,
        }
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def word_with_links(web: str, secret: Path) -> bytes:
    """Word's ways to load something: a linked picture, and fields that include pictures and text."""
    picture = f'<Relationship Id="rId9" Type="{_KINDS}/image" Target="{web}/picture.png" TargetMode="External"/>'
    template = f'<Relationship Id="rId8" Type="{_KINDS}/attachedTemplate" Target="{web}/t.dotm" TargetMode="External"/>'
    fields = [f'INCLUDEPICTURE "{web}/field.png"', f'INCLUDETEXT "{secret}"', f'INCLUDETEXT "{web}/text.docx"']
    body = paragraph("Plain words") + "".join(
        f'<w:p><w:fldSimple w:instr="{escape(field, {chr(34): "&quot;"})}"/></w:p>' for field in fields
    )
    body += (
        '<w:p><w:r><w:pict><v:shape style="width:100pt;height:100pt"><v:imagedata r:id="rId9"/></v:shape></w:pict>'
        "</w:r></w:p>"
    )
    return word(body, picture + template)


def text_with_links(web: str, secret: Path) -> bytes:
    """OpenDocument's ways: linked sections and pictures, a script, and an event that starts it."""
    section = '<text:section text:name="s{n}"><text:section-source xlink:href="{href}"/><text:p/></text:section>'
    frame = (
        '<text:p><draw:frame svg:width="5cm" svg:height="5cm"><draw:image xlink:href="{href}"/></draw:frame></text:p>'
    )
    body = "<text:p>Plain words</text:p>"
    body += section.format(n=1, href=secret.as_uri()) + section.format(n=2, href=f"{web}/section.odt")
    body += frame.format(href=f"{web}/picture.png")
    scripts = (
        '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        'script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.Stele.Tell?language=Basic&amp;'
        'location=application"/></office:event-listeners></office:scripts>'
    )
    return open_document("text", body, scripts=scripts)


def sheet_with_links(web: str, secret: Path) -> bytes:
    """A spreadsheet's ways: functions that fetch, cells of other files, and sheets that are linked."""
    cell = '<table:table-cell table:formula="{formula}" office:value-type="string"><text:p/></table:table-cell>'
    formulas = [
        f"of:=WEBSERVICE(&quot;{web}/service&quot;)",
        f"of:=['{secret.as_uri()}'#$Sheet1.A1]",
        f"of:=['{web}/other.ods'#$Sheet1.A1]",
    ]
    rows = "".join(f"<table:table-row>{cell.format(formula=each)}</table:table-row>" for each in formulas)
    plain = "<table:table-row><table:table-cell><text:p>Plain words</text:p></table:table-cell></table:table-row>"
    linked = (
        f'<table:table table:name="L"><table:table-source xlink:href="{secret.as_uri()}" table:filter-name="Text - txt '
        '- csv (StarCalc)" table:mode="copy-all"/><table:table-row><table:table-cell/></table:table-row></table:table>'
    )
    return open_document("spreadsheet", f'<table:table table:name="Sheet1">{plain}{rows}</table:table>{linked}')


def html_with_links(web: str, secret: Path) -> bytes:
    return (
        f'<!doctype html><html><head><link rel="stylesheet" href="{web}/style.css"><script src="{web}/script.js">'
        f'</script></head><body background="{web}/ground.png"><p>Plain words</p><img src="{web}/picture.png">'
        f'<img src="{secret.as_uri()}"><iframe src="{web}/frame.html"></iframe>'
        f'<iframe src="{secret.as_uri()}"></iframe>'
        f'<object data="{secret.as_uri()}"></object></body></html>'
    ).encode()


def rich_text_with_links(web: str, secret: Path) -> bytes:
    fields = [f'INCLUDEPICTURE "{web}/picture.png" \\\\d']
    fields += [f'INCLUDETEXT "{where}"' for where in (secret, secret.as_uri())]
    made = "".join(rf"{{\field{{\*\fldinst {{{field}}}}}{{\fldrslt }}}}\par " for field in fields)
    return rf"{{\rtf1\ansi Plain words\par {made}}}".encode()


LINKED = {
    "docx": word_with_links,
    "odt": text_with_links,
    "ods": sheet_with_links,
    "html": html_with_links,
    "rtf": rich_text_with_links,
}


def with_macro(leaves: Path) -> bytes:
    """An OpenDocument text whose macro, bound to its opening, writes a file."""
    module = (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument '
        '1.0//EN" "module.dtd"><script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" '
        f'script:language="StarBasic">Sub Leave()\nOpen "{leaves}" For Output As #1\nPrint #1, "here"\nClose #1\n'
        "End Sub</script:module>"
    )
    library = (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD '
        'OfficeDocument 1.0//EN" "library.dtd"><library:library xmlns:library="http://openoffice.org/2000/library" '
        'library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element '
        'library:name="M"/></library:library>'
    )
    libraries = (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD '
        'OfficeDocument 1.0//EN" "libraries.dtd"><library:libraries xmlns:library="http://openoffice.org/2000/library" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/>'
        "</library:libraries>"
    )
    scripts = (
        '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        'script:event-name="dom:load" xlink:href="vnd.sun.star.script:Standard.M.Leave?language=Basic&amp;'
        'location=document" xlink:type="simple"/></office:event-listeners></office:scripts>'
    )
    parts = {
        "Basic/script-lc.xml": libraries,
        "Basic/Standard/script-lb.xml": library,
        "Basic/Standard/M.xml": module,
    }
    return open_document("text", "<text:p>Plain words</text:p>", scripts=scripts, **parts)


def bomb(size: int) -> bytes:
    """A docx file of which a part has `size` bytes, and next to none in the file."""
    return word(paragraph("Plain words"), **{"word/media/zeros.bin": b"\0" * size})
