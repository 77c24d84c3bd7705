"""An article in two columns, a timetable, and the minutes of three meetings."""

from __future__ import annotations

from making.sheet import WIDTH, Sheets, Type

SERIF = Type(face="Times-Roman", size=10.5, leading=13.5)
SANS = Type(face="Helvetica", size=11, leading=15)

MARGIN = 60.0
GUTTER = 24.0
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2

ARTICLE_LEFT = (
    "A tide clock has one hand and no opinion about the hour. It goes round once in twelve hours and twenty-five "
    "minutes, the mean time between two high waters, and so it drifts against every other clock in the house. People "
    "who live by the water soon stop noticing the disagreement. People who do not are forever setting it right, which "
    "is to say, wrong.",
    "The oldest one known on this coast hung in the harbour office at Saltmouth. It was made in 1789 from the works of "
    "a kitchen clock with a single wheel changed. The maker left a note inside the case: turn me back a little at the "
    "new moon, for the sea is seldom punctual. The office did so for a hundred and twelve years, and the log shows the "
    "correction in a small, patient hand, month after month.",
    "What the note calls a little is, in fact, the whole difficulty. The moon pulls harder when she is near, the wind "
    "holds the water in the bay or lets it go, and a river in flood adds its own argument. A good clock is right to "
    "the quarter of an hour on most days of the year. On the others it is right about the moon and wrong about the "
    "harbour.",
    "The pilots knew this and did not mind. They looked at the hand, then at the weed on the steps, and trusted the "
    "weed. The clock told them what ought to happen; the weed told them what had.",
)

ARTICLE_RIGHT = (
    "Today the tables are computed and the buoys report for themselves, and yet tide clocks are made in larger numbers "
    "than ever. Most hang far from any sea. A maker in the hills, who sells forty a year, explains it in this way: an "
    "ordinary clock tells you that you are late, while a tide clock tells you that the water will be back.",
    "To keep one well you need three things. The first is a wall that does not shake, because the mechanism is light "
    "and the hand is long. The second is a table for the nearest port, so that you can set the hand to the top at high "
    "water on the day of a full moon. The third is the willingness to leave it alone. Half of all repairs, says the "
    "maker, undo what an impatient owner has done.",
    "Once a year the case should be opened and the old oil wiped away with a soft cloth. Two drops of new oil are "
    "enough for the whole train; the third drop is for the dust. If the hand stands still, look first for a spider. "
    "They like the warmth behind the dial, and they have stopped more clocks than rust.",
    "And when the power fails and every screen in the house is dark, you may take some pleasure in the one hand that "
    "still goes round, a little late, like the sea.",
)


def article() -> tuple[bytes, str]:
    sheets = Sheets("An article in two columns")
    sheets.lines(["On the keeping of tide clocks"], x=MARGIN, y=84, type_=Type(face="Times-Bold", size=22, leading=26))
    sheets.lines(["From the Saltmouth Almanac, second series, number 31"], x=MARGIN, y=106, type_=SERIF.at(11, 14))
    sheets.rule(MARGIN, 118, WIDTH - MARGIN, 118)
    for x, texts in ((MARGIN, ARTICLE_LEFT), (MARGIN + COLUMN + GUTTER, ARTICLE_RIGHT)):
        y = 146.0
        for text in texts:
            y = sheets.paragraph(text, x=x, y=y, width=COLUMN, type_=SERIF, justified=True) + 7
    return sheets.finish()


FERRIES = (
    ("Saltmouth", "06:40", "08:15", "10:05", "13:30", "16:20", "18:45"),
    ("Gull Rock", "07:02", "08:37", "10:27", "13:52", "16:42", "19:07"),
    ("Brindle Quay", "07:25", "09:00", "10:50", "14:15", "17:05", "19:30"),
    ("Tidewater", "07:48", "09:23", "11:13", "14:38", "17:28", "19:53"),
    ("Long Strand", "08:10", "09:45", "11:35", "15:00", "17:50", "20:15"),
)

FERRY_NOTES = (
    "The ferry runs every day from 1 April to 31 October. It does not run when the red flag is flying over the harbour "
    "office; the flag is lowered half an hour before the next crossing.",
    "Bicycles travel free of charge, two to a crossing, on the after deck. Dogs are welcome if the cat on board "
    "agrees.",
    "Children under six need no ticket. A book of ten tickets costs as much as eight single ones, and never expires.",
    "Lost umbrellas are kept at Gull Rock until the first dry Sunday of the month.",
)


def timetable() -> tuple[bytes, str]:
    sheets = Sheets("A timetable")
    sheets.lines(["Bay Ferry Company"], x=MARGIN, y=90, type_=Type(face="Helvetica-Bold", size=20, leading=26))
    sheets.lines(["Summer timetable 2025"], x=MARGIN, y=116, type_=SANS.at(14, 18))
    for index, (place, *times) in enumerate(FERRIES):
        y = 168.0 + index * 26
        sheets.row([(MARGIN, place), *((MARGIN + 112 + 60 * n, time) for n, time in enumerate(times))], y=y, type_=SANS)
        sheets.rule(MARGIN, y + 9, WIDTH - MARGIN, y + 9, weight=0.4, grey=0.5)
    y = 330.0
    for text in FERRY_NOTES:
        y = sheets.paragraph(text, x=MARGIN, y=y, width=WIDTH - 2 * MARGIN, type_=SANS) + 10
    return sheets.finish()


MEETINGS = (
    (
        "Minutes of the meeting of 9 January 2025",
        ("Present: the chair, the treasurer, the keeper of the keys and nineteen members.",
         "The minutes of the December meeting were read and approved with one correction: the kettle was lent, not "
         "given.",
         "The treasurer reported a balance of 1,284.60. The roof fund stands at 912.00, after the sale of marmalade.",
         "It was agreed to buy a second ladder, of not more than five metres, and to paint the number of the hall on "
         "it.",
         "The keeper of the keys asked that the side door be closed gently. The meeting agreed in principle."),
    ),
    (
        "Minutes of the meeting of 13 February 2025",
        ("Present: the chair, the treasurer and eleven members. The keeper of the keys was snowed in and sent "
         "apologies.",
         "The second ladder has been bought. It is six metres long. The meeting resolved to be pleased.",
         "The choir asked for the hall on Tuesdays instead of Mondays. The chess circle, which has Tuesdays, had no "
         "objection provided that the choir begins after the sixth move.",
         "A letter from the parish about the lime tree was read. The tree is to be looked at in spring, when it can be "
         "told from a dead one.",
         "Expenses of 38.20 for lamp oil and 12.75 for stamps were approved."),
    ),
    (
        "Minutes of the meeting of 13 March 2025",
        ("Present: the chair, the treasurer, the keeper of the keys and twenty-four members.",
         "The lime tree is alive. The parish has been informed and expressed its relief.",
         "The roof fund has reached 1,050.00. Work will begin on the north side in the week after Easter, weather "
         "permitting, and the hall will be closed on the Wednesday only.",
         "The summer fair was fixed for Saturday 21 June. Members who can bake are to tell the treasurer; members who "
         "cannot are to tell the chair.",
         "There being no other business, the meeting closed at half past eight, and the kettle was returned."),
    ),
)  # fmt: skip


def minutes() -> tuple[bytes, str]:
    sheets = Sheets("The minutes of three meetings")
    for index, (title, items) in enumerate(MEETINGS):
        if index:
            sheets.turn()
        sheets.lines(["Larkfield Village Hall Society"], x=72, y=90, type_=Type(face="Times-Bold", size=17, leading=22))
        y = sheets.lines([title], x=72, y=120, type_=SERIF.at(14, 18)) + 16
        for number, item in enumerate(items, start=1):
            y = sheets.paragraph(f"{number}. {item}", x=72, y=y, width=WIDTH - 144, type_=SERIF.at(12.5, 18)) + 10
        sheets.centred(str(index + 1), y=780, type_=SERIF.at(11))
    return sheets.finish()
