"""A born-digital report of twelve pages: running header and footer, headings, paragraphs, a table, a bar chart."""

from __future__ import annotations

from making.sheet import WIDTH, Sheets, Type

TEXT = Type(face="Vera", size=10, leading=15)
HEADING = Type(face="Vera-Bold", size=15, leading=20)
SMALL = Type(face="Vera", size=8, leading=11, grey=0.25)
LEFT = 72.0
MEASURE = WIDTH - 2 * LEFT

SECTIONS = (
    (
        "A word from the board",
        "This was the year in which the cooperative turned sixty, and the year in which it rained on all but nine "
        "days of May. We mention the two together because the second nearly spoiled the first: blossom that cannot be "
        "visited by bees is only decoration. That the harvest was the fourth best on record is owed to a dry and "
        "windless June, to the late varieties, and to ninety-three members who pruned, propped and picked.",
        "We began the year with three promises. We said that we would bring the press house up to date, that we would "
        "plant as many trees as we fell, and that we would publish this report before the first frost. The first took "
        "longer than planned, the second was kept twice over, and the third is in your hands.",
        "The board thanks everyone who gave an hour, a ladder or an opinion. We could have used more ladders.",
    ),
    (
        "The year in the orchards",
        "Winter was mild and short. The buds of the early pears moved in the last week of February, and smoke pots "
        "stood ready in the rows from then until the end of April. They were lit on two nights only. The thermometer "
        "at the lower gate showed its minimum of four degrees of frost on 11 April; the upper orchards stayed above "
        "zero.",
        "The wet May brought scab to the old standards on the river side, and the wardens decided on three treatments "
        "instead of two. From July on the weather was all that one could wish for, and the fruit made up in colour "
        "what it lacked in size.",
        "Picking began on 18 August with the summer apples and ended on 2 November with the keepers. The school "
        "helped on the last Saturday in September, and ate about as much as it picked.",
    ),
    (
        "Harvest and deliveries",
        "Members delivered 1,412 tonnes of fruit, against 1,268 tonnes in the year before. Just over half of it was "
        "sold as table fruit, a third went to the press, and the rest to the kitchen, the drying loft and the deer.",
        "The share of table fruit fell by two points because of the small sizes. The price held, thanks to an early "
        "agreement with the four markets of the valley, and the sum paid out to members is the highest so far.",
        "Losses in the cold store came to less than one part in a hundred. The new sensors report the air of each room "
        "every ten minutes, and the watchman has taken to reading novels.",
    ),
    (
        "The press house",
        "The new belt press was delivered in March, eleven weeks late, and ran for the first time on 4 September. It "
        "handles three tonnes an hour, where the old one managed one and a half, and it leaves the pomace dry enough "
        "to be burned in the boiler. The old press has been given to the museum in Brindle Quay, on the condition "
        "that it may be used once a year.",
        "In all, 402,000 litres of juice were pressed. We bottled two thirds of it ourselves, in our own returnable "
        "bottles, of which nine in ten come back. The tenth, we believe, holds flowers.",
        "Two members of staff finished their training as cellar masters. We congratulate them, and ask them to stay.",
    ),
    (
        "Trees planted and trees lost",
        "A storm on 7 January took down 64 trees, most of them standards of more than fifty years. Another 38 were "
        "felled because of canker. In their place we planted 211 young trees in November, on stronger stocks and at "
        "wider spacing.",
        "For the first time the nursery grew all the stocks itself. The new rows hold fourteen varieties that are no "
        "longer sold anywhere, among them the Larkfield Russet, the Widow's Keeper and a yellow pear that nobody can "
        "name.",
        "If you know the name of the yellow pear, please write to the office. There is a reward of one basket of it.",
    ),
    (
        "Water and soil",
        "The pond above the upper orchards was cleared of forty years of leaves and now holds 2,600 cubic metres. It "
        "fed the drip lines through August, so that no water had to be bought. The pump runs on the panels of the "
        "packing hall.",
        "Soil samples were taken in all eleven orchards. Organic matter has risen in nine of them since the last "
        "survey, most of all where clover is sown between the rows and the sheep of the neighbouring farm are let in "
        "after harvest.",
        "The two orchards without gain lie on gravel. There we shall try straw, patience, and fewer tractors.",
    ),
    (
        "Bees, birds and other staff",
        "Fifty-two hives stood in the orchards at the time of blossom. The keepers report a poor spring and a decent "
        "summer; the honey of the lime avenue won a second prize at the autumn show, behind a jar of our own "
        "marmalade.",
        "The nesting boxes were counted in June. Of 180 boxes 121 were taken, mostly by tits, one by a little owl and "
        "one by a wren that had also taken a glove in the tool shed. The hedge along the mill lane was laid again "
        "after thirty years, and will flower next spring.",
        "Cats are not on the payroll. They have been told.",
    ),
    (
        "Members and meetings",
        "At the end of the year the cooperative had 318 members, twelve more than a year ago. Twenty-one joined, seven "
        "left the valley, and two handed their trees to their grandchildren, who now have one vote each and use it.",
        "The general meeting on 15 March was attended by 164 members. It approved the accounts, elected two new "
        "wardens and debated for an hour whether the crates should be green or grey. They will be green.",
        "The evening courses in pruning, grafting and cooking were booked out within a day. We shall offer them twice.",
    ),
    (
        "Accounts in brief",
        "Income from sales rose to 1,874,000, of which table fruit made up 58 per cent, juice 31 per cent and all "
        "other goods 11 per cent. After wages, energy, packing and repairs, 1,102,000 could be paid to members for "
        "their fruit.",
        "The belt press cost 286,000. It was paid for with 120,000 from reserves and a loan of 166,000 over eight "
        "years from the savings bank of the valley. The reserves stand at 340,000, which is enough for one bad "
        "harvest but not two.",
        "The auditors had one remark: the coffee fund should be kept apart from the postage. It is now in a different "
        "tin.",
    ),
    (
        "People",
        "Seventeen people work for the cooperative all year, and up to sixty more at harvest. There were no serious "
        "accidents. Two falls from ladders ended with bruises, and every ladder has since been fitted with wider feet.",
        "The foreman of the packing hall retired in December after thirty-four harvests. He was given a tree of his "
        "choice, chose the one by the gate, and still comes to see whether the crates are stacked straight.",
        "We are looking for a gardener for the nursery and for somebody who understands the label printer.",
    ),
    (
        "What we plan",
        "In spring we shall plant the field behind the school, 2.4 hectares, with cider apples for the new press. The "
        "packing hall will get a second door, so that vans need no longer reverse past the bakery at five in the "
        "morning.",
        "We want to try selling fruit by the tree: who rents a tree pays in winter, is sent a picture of the blossom "
        "in spring, and comes to pick in autumn. Forty trees are set aside for this, and twenty-six are already "
        "spoken for.",
        "And we shall look for the name of the yellow pear.",
    ),
    (
        "Calendar and contact",
        "Grafting day is on 28 March, the blossom walk on 3 May, and the general meeting on 14 March in the village "
        "hall. The press house is open to visitors on every Friday in October, from two o'clock until the glasses run "
        "out.",
        "The office in the old station is open on weekdays from nine to noon. In the harvest season somebody is always "
        "there, though not always awake. Letters, samples and pears may be left with the stationmaster's cat.",
        "Larkfield Valley Orchard Cooperative, Station Road 1, Larkfield. Telephone 01632 960 311.",
    ),
)  # fmt: skip

DELIVERIES = (
    ("Orchard", "Apples (t)", "Pears (t)", "Total (t)"),
    ("River side", "212", "64", "276"),
    ("Mill lane", "188", "97", "285"),
    ("Upper gate", "301", "22", "323"),
    ("Chapel field", "174", "80", "254"),
    ("All others", "195", "79", "274"),
    ("Total", "1,070", "342", "1,412"),
)

#: litres pressed a month, September to January, in thousands
PRESSED = (("September", 88), ("October", 156), ("November", 104), ("December", 37), ("January", 17))


def report() -> tuple[bytes, str]:
    sheets = Sheets("Larkfield Valley Orchard Cooperative: report of the sixtieth year")
    for number, (title, *paragraphs) in enumerate(SECTIONS, start=1):
        if number > 1:
            sheets.turn()
        sheets.lines(["Larkfield Valley Orchard Cooperative"], x=LEFT, y=48, type_=SMALL)
        sheets.rule(LEFT, 56, WIDTH - LEFT, 56, weight=0.4, grey=0.5)
        y = sheets.lines([f"{number}. {title}"], x=LEFT, y=100, type_=HEADING) + 12
        for text in paragraphs:
            y = sheets.paragraph(text, x=LEFT, y=y, width=MEASURE, type_=TEXT) + 9
        if title == "Harvest and deliveries":
            deliveries(sheets, y + 20)
        if title == "The press house":
            pressed(sheets, y + 20)
        sheets.centred(f"Page {number} of {len(SECTIONS)}", y=800, type_=SMALL)
    return sheets.finish()


def deliveries(sheets: Sheets, y: float) -> None:
    sheets.rule(LEFT, y - 14, WIDTH - LEFT, y - 14)
    for index, (name, *numbers) in enumerate(DELIVERIES):
        edge = index in {0, len(DELIVERIES) - 1}
        type_ = Type(face="Vera-Bold", size=10, leading=15) if edge else TEXT
        sheets.row(
            [(LEFT, name), *((-(LEFT + 210 + n * 110), text) for n, text in enumerate(numbers))], y=y, type_=type_
        )
        sheets.rule(LEFT, y + 7, WIDTH - LEFT, y + 7, weight=0.4, grey=0.5)
        y += 22


def pressed(sheets: Sheets, y: float) -> None:
    for name, thousands in PRESSED:
        sheets.fill(LEFT + 90, y - 9, thousands * 1.8, 12, grey=0.6)
        sheets.row([(LEFT, name), (LEFT + 98 + thousands * 1.8, f"{thousands},000 l")], y=y, type_=TEXT)
        y += 22
