"""`python -m tools.plain_print`: draw lines, train on them, write the weights for reading."""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.plain_print import network, shards, training
from tools.plain_print.kinds import Kind


def main() -> None:
    arguments = _parser().parse_args()
    try:
        _run(arguments)
    except FileNotFoundError as missing:
        raise SystemExit(str(missing)) from missing


def _run(arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "lines":
            shards.draw(
                arguments.folder,
                kind=Kind(arguments.kind),
                count=arguments.count,
                seed=arguments.seed,
                fonts=arguments.fonts,
            )
        case "train":
            training.train(
                arguments.lines,
                arguments.output,
                minutes=arguments.minutes,
                threads=arguments.threads,
                rate=arguments.rate,
                seed=arguments.seed,
                start=arguments.start,
            )
        case "write":
            network.write(arguments.trained, arguments.weights)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.plain_print", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)

    lines = steps.add_parser("lines", help="draw lines of print")
    lines.add_argument("folder", type=Path, metavar="OUT", help="the folder that the files of lines go to")
    kinds = [kind.value for kind in Kind]
    lines.add_argument("--kind", choices=kinds, default=Kind.PRINTS.value, help="what they look like [%(default)s]")
    lines.add_argument("--count", type=int, required=True, help="how many lines")
    lines.add_argument("--seed", type=int, default=0, help="another seed gives other lines, in files of other names")
    lines.add_argument("--fonts", type=Path, default=Path("/usr/share"), help="the folder of the fonts [%(default)s]")

    train = steps.add_parser("train", help="train the network on lines")
    train.add_argument("lines", type=Path, metavar="LINES", help="the folder with the files of lines")
    train.add_argument("--minutes", type=float, required=True, help="how long")
    train.add_argument("-o", "--output", type=Path, required=True, metavar="NETWORK", help="the trained network")
    train.add_argument("--threads", type=int, default=1, help="threads of the processor [%(default)s]")
    train.add_argument("--rate", type=float, default=2e-3, help="the highest rate of learning [%(default)s]")
    train.add_argument("--start", type=Path, metavar="NETWORK", help="a trained network to go on from")
    train.add_argument("--seed", type=int, default=0, help="of the first weights and the order of lines")

    write = steps.add_parser("write", help="write the trained network's weights for reading")
    write.add_argument("trained", type=Path, metavar="NETWORK", help="what `train` wrote")
    write.add_argument("weights", type=Path, metavar="WEIGHTS", help="a file of NumPy arrays (.npz)")
    return parser


if __name__ == "__main__":
    main()
