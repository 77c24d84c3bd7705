"""Write the table of labels: each class of ImageNet, its WordNet id, its name and the names of what it is a kind of.

    python tools/label_table.py LABELS.txt WORDNET_DICT > src/stele/pipeline/annotation/tables/labels.tsv

LABELS.txt is the file of names that comes with the label model (1,001 lines, the first is `background`); WORDNET_DICT
is the folder with WordNet 3.0's `data.noun` (Debian's package wordnet-base has it in /usr/share/wordnet).

A class is found in WordNet by its names. Where several synsets have the same names, the order decides: the classes are
sorted by the offset of their synset. What is still open then is in `_CHOSEN`.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: offsets of the synsets that ImageNet means, where names and order leave several
_CHOSEN = frozenset(
    {
        "01872401",
        "02666196",
        "02730930",
        "02782093",
        "02804414",
        "02815834",
        "02834397",
        "02879718",
        "02950826",
        "02999410",
        "03045698",
        "03259280",
        "03291819",
        "03478589",
        "03481172",
        "03495258",
        "03527444",
        "03661043",
        "03724870",
        "03782006",
        "03877845",
        "03933933",
        "03956157",
        "03976657",
        "04009552",
        "04040759",
        "04067472",
        "04111531",
        "04125021",
        "04147183",
        "04153751",
        "04208210",
        "04270147",
        "04275548",
        "04277352",
        "04336792",
        "04465501",
        "04579432",
        "04597913",
        "10148035",
        "12144580",
    }
)
#: what people call a kind of thing, by the first two names of its synset: WordNet's other steps are for experts
_KINDS = {
    "animal animate being": "Animal",
    "vertebrate craniate": "Vertebrate",
    "mammal mammalian": "Mammal",
    "carnivore": "Carnivore",
    "dog domestic dog": "Dog",
    "wild dog": "Wild dog",
    "wolf": "Wolf",
    "fox": "Fox",
    "bear": "Bear",
    "feline felid": "Feline",
    "domestic cat house cat": "Cat",
    "big cat cat": "Big cat",
    "hunting dog": "Hunting dog",
    "working dog": "Working dog",
    "shepherd dog sheepdog": "Shepherd dog",
    "terrier": "Terrier",
    "hound hound dog": "Hound",
    "spaniel": "Spaniel",
    "retriever": "Retriever",
    "poodle poodle dog": "Poodle",
    "spitz": "Spitz",
    "toy dog toy": "Toy dog",
    "rodent gnawer": "Rodent",
    "rabbit coney": "Rabbit",
    "primate": "Primate",
    "monkey": "Monkey",
    "ape": "Ape",
    "ungulate hoofed mammal": "Ungulate",
    "equine equid": "Horse",
    "swine": "Pig",
    "antelope": "Antelope",
    "sheep": "Sheep",
    "elephant": "Elephant",
    "marsupial pouched mammal": "Marsupial",
    "aquatic mammal": "Marine mammal",
    "whale": "Whale",
    "bird": "Bird",
    "aquatic bird": "Water bird",
    "bird of prey raptor": "Bird of prey",
    "parrot": "Parrot",
    "duck": "Duck",
    "seabird sea bird": "Seabird",
    "owl bird of Minerva": "Owl",
    "fish": "Fish",
    "shark": "Shark",
    "reptile reptilian": "Reptile",
    "snake serpent": "Snake",
    "lizard": "Lizard",
    "turtle": "Turtle",
    "amphibian": "Amphibian",
    "frog toad": "Frog",
    "invertebrate": "Invertebrate",
    "insect": "Insect",
    "beetle": "Beetle",
    "butterfly": "Butterfly",
    "spider": "Spider",
    "arachnid arachnoid": "Arachnid",
    "crustacean": "Crustacean",
    "crab": "Crab",
    "lobster": "Lobster",
    "mollusk mollusc": "Mollusk",
    "worm": "Worm",
    "fungus": "Fungus",
    "person individual": "Person",
    "vehicle": "Vehicle",
    "motor vehicle automotive vehicle": "Motor vehicle",
    "car auto": "Car",
    "truck motortruck": "Truck",
    "bus autobus": "Bus",
    "van": "Van",
    "vessel watercraft": "Watercraft",
    "boat": "Boat",
    "ship": "Ship",
    "aircraft": "Aircraft",
    "bicycle bike": "Bicycle",
    "military vehicle": "Military vehicle",
    "clothing article of clothing": "Clothing",
    "footwear footgear": "Footwear",
    "footwear": "Footwear",
    "shoe": "Footwear",
    "hat chapeau": "Hat",
    "headdress headgear": "Headgear",
    "skirt": "Skirt",
    "coat": "Coat",
    "swimsuit swimwear": "Swimwear",
    "container": "Container",
    "bottle": "Bottle",
    "bag": "Bag",
    "box": "Box",
    "furniture piece of furniture": "Furniture",
    "chair": "Chair",
    "table": "Table",
    "bed": "Bed",
    "lamp": "Lamp",
    "musical instrument instrument": "Musical instrument",
    "wind instrument wind": "Wind instrument",
    "stringed instrument": "String instrument",
    "percussion instrument percussive instrument": "Percussion instrument",
    "keyboard instrument": "Keyboard instrument",
    "guitar": "Guitar",
    "weapon arm": "Weapon",
    "gun": "Gun",
    "tool": "Tool",
    "measuring instrument measuring system": "Measuring instrument",
    "timepiece timekeeper": "Timepiece",
    "clock": "Clock",
    "watch ticker": "Watch",
    "optical instrument": "Optical instrument",
    "camera photographic camera": "Camera",
    "electronic equipment": "Electronic equipment",
    "telephone phone": "Telephone",
    "computer computing machine": "Computer",
    "personal computer PC": "Personal computer",
    "home appliance household appliance": "Home appliance",
    "kitchen appliance": "Kitchen appliance",
    "kitchen utensil": "Kitchen utensil",
    "tableware": "Tableware",
    "sports equipment": "Sports equipment",
    "game equipment": "Game equipment",
    "ball": "Ball",
    "toy plaything": "Toy",
    "building edifice": "Building",
    "structure construction": "Structure",
    "place of worship house of prayer": "Place of worship",
    "house": "House",
    "bridge span": "Bridge",
    "fence fencing": "Fence",
    "shop store": "Shop",
    "pen": "Pen",
    "food solid food": "Food",
    "food nutrient": "Food",
    "vegetable veggie": "Vegetable",
    "edible fruit": "Fruit",
    "bread breadstuff": "Bread",
    "baked goods": "Baked goods",
    "dessert sweet": "Dessert",
    "dish": "Dish",
    "beverage drink": "Drink",
    "fruit": "Fruit",
    "flower": "Flower",
    "plant flora": "Plant",
    "mountain mount": "Mountain",
    "geological formation formation": "Natural landscape",
    "body of water water": "Body of water",
    "jewelry jewellery": "Jewelry",
}
#: a synset: its names and the offset of what it is a kind of
Synset = tuple[tuple[str, ...], str | None]


def synsets(path: Path) -> dict[str, Synset]:
    """The nouns of WordNet by offset (format: wndb(5))."""
    found: dict[str, Synset] = {}
    for line in path.read_text("ascii").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields = line.split("|")[0].split()
        count = int(fields[3], 16)
        names = tuple(fields[4 + 2 * i].replace("_", " ") for i in range(count))
        pointers = fields[5 + 2 * count :]
        above = [pointers[i + 1] for i in range(0, 4 * int(fields[4 + 2 * count]), 4) if pointers[i] in {"@", "@i"}]
        found[fields[0]] = names, above[0] if above else None
    return found


def classes(labels: list[str], nouns: dict[str, Synset]) -> list[str]:
    """The offset of each class. Raises ValueError where it is not clear."""
    by_names: dict[tuple[str, ...], list[str]] = {}
    for offset, (names, _) in nouns.items():
        by_names.setdefault(tuple(name.lower() for name in names), []).append(offset)
    candidates = [by_names[tuple(name.strip().lower() for name in label.split(","))] for label in labels]
    chosen: list[str | None] = [several[0] if len(several) == 1 else None for several in candidates]
    for index, several in enumerate(candidates):
        if chosen[index] is None:
            before = next((offset for offset in reversed(chosen[:index]) if offset), "")
            after = next((offset for offset in chosen[index:] if offset), "~")
            between = [offset for offset in several if before < offset < after]
            left = between if len(between) == 1 else [offset for offset in between if offset in _CHOSEN]
            if len(left) != 1:
                raise ValueError(f"{labels[index]}: {several}")
            chosen[index] = left[0]
    settled = [offset for offset in chosen if offset]
    if settled != sorted(settled):
        raise ValueError("the classes are not in the order of WordNet")
    return settled


def kinds(offset: str, nouns: dict[str, Synset]) -> list[str]:
    """What a class is a kind of, the nearest first."""
    found: dict[str, None] = {}
    above = nouns[offset][1]
    while above is not None:
        names, next_ = nouns[above]
        kind = _KINDS.get(" ".join(names[:2])) or _KINDS.get(names[0])
        if kind:
            found[kind] = None
        above = next_
    return list(found)


def main() -> None:
    labels = Path(sys.argv[1]).read_text("utf-8").splitlines()[1:]
    nouns = synsets(Path(sys.argv[2]) / "data.noun")
    print("# ImageNet classes and what they are kinds of, from WordNet 3.0: see WORDNET.txt for its licence.")
    print("# Made by tools/label_table.py. Columns: WordNet id, name, kinds.")
    for label, offset in zip(labels, classes(labels, nouns), strict=True):
        name = label.split(",")[0].strip()
        print(f"n{offset}", name[0].upper() + name[1:], ";".join(kinds(offset, nouns)), sep="\t")


if __name__ == "__main__":
    main()
