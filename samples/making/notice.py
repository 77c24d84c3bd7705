"""A notice in Chinese and English, drawn with Pillow: reportlab cannot embed the faces of openly licensed CJK fonts."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

#: left edge (pixels at 200 dpi), size of the type, text; an empty text is a gap between paragraphs
LINES = (
    (54, "城东图书馆暑期开放时间"),
    (44, "Eastgate Library: Summer Opening Hours"),
    (0, ""),
    (34, "各位读者：为方便大家在暑假期间阅读，本馆自七月一日"),
    (34, "至八月三十一日延长开放时间，欢迎前来。"),
    (0, ""),
    (34, "Dear readers: from 1 July to 31 August the library stays open"),
    (34, "longer, so that everyone finds a quiet and cool place to read."),
    (0, ""),
    (34, "周一至周五 Monday to Friday 08:30–21:00"),
    (34, "周六和周日 Saturday and Sunday 09:30–18:00"),
    (0, ""),
    (34, "儿童阅览室在二楼，每天下午三点有讲故事活动。"),
    (34, "The children's room is on the second floor; stories are told"),
    (34, "every day at three o'clock in the afternoon."),
    (0, ""),
    (34, "请勿将饮料带入阅览室。借书证遗失请到服务台登记。"),
    (34, "Please leave drinks outside. Report lost cards at the desk."),
    (0, ""),
    (34, "城东图书馆 2025年6月20日"),
    (34, "Eastgate Library, 20 June 2025"),
)


def notice(font: Path) -> tuple[Image.Image, str]:
    """The notice as a grey A5 page at 200 dpi, with the CJK faces of `font`, and its text."""
    page = Image.new("L", (1240, 1400), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 1199, 1359), outline=90, width=4)
    y = 90
    for size, text in LINES:
        if not text:
            y += 34
            continue
        draw.text((110, y), text, font=ImageFont.truetype(io.BytesIO(font.read_bytes()), size), fill=20)
        y += round(size * 1.45)
    paragraphs = "\n".join(text for _, text in LINES)
    return page, paragraphs + "\n"
