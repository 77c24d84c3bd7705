"""A letter, an invoice and a filled form, of firms and people that do not exist."""

from __future__ import annotations

from making.sheet import WIDTH, Sheets, Type

SERIF = Type(face="Times-Roman", size=11.5, leading=16)
SANS = Type(face="Helvetica", size=10, leading=14)
BOLD = Type(face="Helvetica-Bold", size=10, leading=14)
TYPED = Type(face="Courier-Bold", size=10.5, leading=14)

LEFT = 72.0
MEASURE = WIDTH - 2 * LEFT

LETTER = (
    "Thank you for showing us the bound volumes of the Wexcombe Courier when we called on you last month. We have now "
    "looked at all forty-one of them, and we are glad to say that most need far less than you feared.",
    "Twenty-six volumes are sound. They want dusting, a little wax on the leather, and shelves that do not touch the "
    "outer wall. Eleven have loose boards and can be mended in our workshop within six weeks, four at a time, so that "
    "your readers are never without more than a shelf of them.",
    "The remaining four, for the years 1871 to 1874, were damp for a long time. The paper is brittle at the edges, and "
    "each opening costs a few more words. We would not sew these again before they have been photographed: a good "
    "image will be read a thousand times for every time that the paper itself is touched.",
    "Our estimate is 2,340 for the mending and 615 for the boxes, which includes carriage both ways. It holds until "
    "the end of September. If you would like to go ahead, please return the enclosed card, and we shall send the van "
    "on a dry day.",
    "One small request: a printed bill for a travelling menagerie was used to line volume 19. We have left it where it "
    "was, but we think that it deserves a frame of its own.",
)


def letter() -> tuple[bytes, str]:
    sheets = Sheets("A letter")
    sheets.lines(["Harbour & Finch"], x=LEFT, y=76, type_=Type(face="Times-Bold", size=20, leading=24))
    sheets.lines(
        ["Bookbinders and paper menders", "14 Ropewalk Yard, Saltmouth", "Telephone 01632 960 118"],
        x=LEFT, y=94, type_=SERIF.at(10, 13.5),
    )  # fmt: skip
    sheets.rule(LEFT, 134, WIDTH - LEFT, 134)
    sheets.lines(
        ["The Keeper of Newspapers", "Wexcombe Municipal Library", "2 Market Hill", "Wexcombe"],
        x=LEFT,
        y=166,
        type_=SERIF,
    )  # fmt: skip
    sheets.lines(["12 May 2025"], x=LEFT, y=246, type_=SERIF)
    y = sheets.lines(["Dear Keeper,"], x=LEFT, y=278, type_=SERIF) + 8
    for text in LETTER:
        y = sheets.paragraph(text, x=LEFT, y=y, width=MEASURE, type_=SERIF) + 8
    y = sheets.lines(["With kind regards,"], x=LEFT, y=y, type_=SERIF) + 52
    sheets.stroke(
        [(80, y - 22), (96, y - 62), (104, y - 8), (112, y - 30), (120, y - 44), (128, y - 10), (140, y - 28),
         (152, y - 42), (150, y - 12), (168, y - 26), (190, y - 36), (200, y - 20), (226, y - 30)],
        weight=1.1,
    )  # fmt: skip
    sheets.lines(["Odile Harbour", "for Harbour & Finch"], x=LEFT, y=y, type_=SERIF)
    return sheets.finish()


GOODS = (
    ("LT-204", "Brass reading lamp, green shade", 4, 68_50),
    ("LT-311", "Linen cord, natural, 10 m", 12, 9_75),
    ("LT-118", "Wall bracket, cast iron", 6, 23_40),
    ("LT-502", "Filament bulb, 4 W, warm white", 40, 5_20),
    ("LT-077", "Dimmer switch, porcelain", 8, 31_00),
    ("LT-640", "Glass chimney, 180 mm", 3, 14_85),
    ("LT-900", "Delivery and unpacking", 1, 45_00),
)


def money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def invoice() -> tuple[bytes, str]:
    sheets = Sheets("An invoice with a table")
    right = WIDTH - LEFT
    sheets.lines(["Lumen & Thread Ltd"], x=LEFT, y=74, type_=BOLD.at(18, 22))
    sheets.lines(["Unit 7, Old Gasworks, Brindle Quay", "VAT 555 0199 42"], x=LEFT, y=92, type_=SANS)
    sheets.lines(["INVOICE"], x=LEFT, y=150, type_=BOLD.at(15, 20))
    for index, (label, value) in enumerate(
        (("Invoice number", "2025-0418"), ("Invoice date", "3 June 2025"), ("Payment due", "3 July 2025"))
    ):
        sheets.entry(label, value, at=(LEFT, 174 + 16 * index), value_x=LEFT + 100, types=(SANS, BOLD))
    sheets.lines(
        ["Bill to", "The Candlewick Hotel", "Accounts Office", "88 Promenade, Saltmouth"], x=LEFT, y=242, type_=SANS
    )

    top, height = 318.0, 24.0
    code, goods, count, price, amount = LEFT + 8, LEFT + 76, -(LEFT + 300), -(LEFT + 372), -(right - 8)
    sheets.fill(LEFT, top, right - LEFT, height, grey=0.88)
    header = ((code, "Code"), (goods, "Description"), (count, "Quantity"), (price, "Unit price"), (amount, "Amount"))
    sheets.row(header, y=top + 16, type_=BOLD)
    for index, (number, name, pieces, cents) in enumerate(GOODS, start=1):
        cells = (
            (code, number),
            (goods, name),
            (count, str(pieces)),
            (price, money(cents)),
            (amount, money(pieces * cents)),
        )
        sheets.row(cells, y=top + 16 + index * height, type_=SANS)
    bottom = top + (len(GOODS) + 1) * height
    for index in range(len(GOODS) + 2):
        sheets.rule(LEFT, top + index * height, right, top + index * height)
    for x in (LEFT, LEFT + 68, LEFT + 244, LEFT + 308, LEFT + 380, right):
        sheets.rule(x, top, x, bottom)

    net = sum(pieces * cents for _, _, pieces, cents in GOODS)
    tax = round(net * 0.2)
    totals = (("Net total", net, SANS), ("VAT at 20 %", tax, SANS), ("Total due", net + tax, BOLD))
    for index, (label, cents, type_) in enumerate(totals):
        sheets.row(((LEFT + 270, label), (amount, money(cents))), y=bottom + 28 + index * 18, type_=type_)
    sheets.paragraph(
        "Please pay by bank transfer and quote the invoice number. Goods remain ours until they are paid for. Lamps "
        "may be returned within thirty days if they are unused and in their box.",
        x=LEFT, y=bottom + 110, width=MEASURE, type_=SANS,
    )  # fmt: skip
    return sheets.finish()


ANSWERS = (
    ("Family name", "Quillon"),
    ("Given names", "Maren Iseult"),
    ("Date of birth", "17 March 1994"),
    ("Address", "5 Sluice Lane, Tidewater"),
    ("Telephone", "01632 960 874"),
    ("E-mail", "maren@tidewater.example"),
    ("Emergency contact", "Jory Quillon, 01632 960 875"),
)

CHOICES = (
    ("Type of membership", (("Full", True), ("Student", False), ("Family", False))),
    ("I can swim 100 metres", (("Yes", True), ("No", False))),
    ("I have rowed before", (("Yes", False), ("No", True))),
)


def form() -> tuple[bytes, str]:
    sheets = Sheets("A filled form")
    sheets.centred("Tidewater Rowing Club", y=78, type_=BOLD.at(18, 22))
    sheets.centred("Application for membership", y=104, type_=SANS.at(13, 17))
    sheets.lines(["Please type or print in capitals."], x=LEFT, y=146, type_=SANS)
    y = 186.0
    for label, value in ANSWERS:
        sheets.entry(label, value, at=(LEFT, y), value_x=LEFT + 138, types=(SANS, TYPED))
        sheets.rule(LEFT + 130, y + 5, WIDTH - LEFT, y + 5, grey=0.4)
        y += 32
    y += 12
    for label, options in CHOICES:
        cells = [(LEFT, label)]
        for index, (option, chosen) in enumerate(options):
            x = LEFT + 160 + index * 90
            sheets.box(x, y - 10, 12, 12, weight=0.8)
            if chosen:
                sheets.rule(x + 1.5, y - 8.5, x + 10.5, y + 0.5, weight=1.6)
                sheets.rule(x + 10.5, y - 8.5, x + 1.5, y + 0.5, weight=1.6)
            cells.append((x + 20, option))
        sheets.row(cells, y=y, type_=SANS)
        y += 30
    y = sheets.paragraph(
        "I have read the rules of the club and the tide tables for this year. I know that boats are to be washed and "
        "oars returned to the rack, and that nobody rows alone after dark.",
        x=LEFT, y=y + 14, width=MEASURE, type_=SANS,
    )  # fmt: skip
    sheets.entry("Date", "2 April 2025", at=(LEFT, y + 44), value_x=LEFT + 40, types=(SANS, TYPED))
    sheets.rule(LEFT + 34, y + 49, LEFT + 170, y + 49, grey=0.4)
    return sheets.finish()
