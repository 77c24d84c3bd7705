"""Training: CTC (Graves et al., 2006), AdamW (Loshchilov and Hutter, 2019), an average of the weights on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tools.plain_print.drawing import HEIGHT
from tools.plain_print.network import Network
from tools.plain_print.shards import Shard
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_

#: columns of pixels in a batch
_COLUMNS = 16_000
_GREY = 127
#: steps over which the rate of learning rises
_WARM_UP = 300
#: the share of the rate that is left at the end
_LEAST_RATE = 0.01
_WEIGHT_DECAY = 1e-2
_STEEPEST = 5.0
#: the share of the average that stays at each step, at most, and the steps between two looks at the weights
_KEPT, _LOOK = 0.9995, 4
#: steps between two lines that tell how it goes, and seconds between two files
_TOLD, _SAVED = 200, 240


@dataclass(frozen=True)
class Batch:
    """Strips (N x 32 x width; grey beside the narrower ones) and the classes of each one's characters."""

    strips: npt.NDArray[np.uint8]
    labels: list[npt.NDArray[np.int16]]


class Average:
    """The exponential average of a network's weights, which at first forgets faster."""

    def __init__(self, network: Network) -> None:
        self.weights = {name: value.clone() for name, value in network.state_dict().items()}

    def take(self, network: Network, step: int) -> None:
        kept = min(_KEPT, (1 + step) / (20 + step)) ** _LOOK
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self.weights[name].mul_(kept).add_(value, alpha=1 - kept)
            else:
                self.weights[name] = value.clone()


def train(
    lines: Path, trained: Path, *, minutes: float, threads: int, rate: float, seed: int, start: Path | None = None
) -> None:
    """Train a network on the files of lines in a folder for some minutes, and write it and its average.

    It goes on from the average in the file `start`, if that is given. Files of lines that come while it trains are read
    too. Raises FileNotFoundError if there are none at first.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    random = np.random.default_rng(seed)
    network = Network().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(torch.load(start)["average"])
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=_WEIGHT_DECAY)
    average = Average(network)
    began = saved = time.monotonic()
    seen, mean = 0, 0.0
    for step, batch in enumerate(_batches(lines, random), start=1):
        now = time.monotonic()
        done = (now - began) / (60 * minutes)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, step / _WARM_UP) * _fallen(done)
        loss = _loss(network, batch, random)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        clip_grad_norm_(network.parameters(), _STEEPEST)
        optimizer.step()
        if step % _LOOK == 0:
            average.take(network, step)
        seen += len(batch.labels)
        mean = loss.item() if step == 1 else 0.99 * mean + 0.01 * loss.item()
        if step % _TOLD == 0:
            print(f"{(now - began) / 60:.1f} minutes, step {step}, {seen:,} lines, loss {mean:.4f}", flush=True)
        if now - saved > _SAVED:
            saved = now
            _save(trained, network, average)
    print(f"{seen:,} lines seen", flush=True)
    _save(trained, network, average)


def _save(trained: Path, network: Network, average: Average) -> None:
    torch.save({"network": network.state_dict(), "average": average.weights}, trained)


def _fallen(done: float) -> float:
    """The share of the rate that is left when a share of the time is done: half a cosine."""
    return _LEAST_RATE + (1 - _LEAST_RATE) * (1 + math.cos(math.pi * done)) / 2


def _loss(network: Network, batch: Batch, random: np.random.Generator) -> Tensor:
    """The negative logarithm of the labels' probability, for each character."""
    strips = _varied(torch.from_numpy(batch.strips), random)[:, None]
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(strips.contiguous(memory_format=torch.channels_last))
    steps = functional.log_softmax(scores.float(), 2).permute(1, 0, 2)
    lengths = torch.tensor([len(label) for label in batch.labels])
    losses = functional.ctc_loss(
        steps,
        torch.from_numpy(np.concatenate(batch.labels)).long(),
        torch.full((len(batch.labels),), len(steps)),
        lengths,
        zero_infinity=True,
        reduction="none",
    )
    return losses.sum() / lengths.sum()


def _varied(strips: Tensor, random: np.random.Generator) -> Tensor:
    """From bytes to -1 (black) to 1 (white), each time in other tones, up or down a pixel, and some with noise."""
    tones = strips.float().div_(127.5).sub_(1)
    gain = torch.empty(len(tones), 1, 1).uniform_(0.8, 1.1)
    tones = tones * gain + torch.empty(len(tones), 1, 1).uniform_(-0.08, 0.08)
    tones = torch.roll(tones, int(random.integers(-1, 2)), 1)
    if random.random() < 0.3:
        tones = tones + torch.randn_like(tones) * float(random.uniform(0, 0.08))
    return tones.clamp(-1, 1)


def _batches(lines: Path, random: np.random.Generator) -> Iterator[Batch]:
    """Without end, from one file after the other; lines of about the same width are together."""
    for file in _files(lines, random):
        shard = Shard.read(file)
        strips, labels = shard.strips(), shard.classes()
        groups = _groups(shard.widths, random)
        for place in random.permutation(len(groups)):
            chosen = groups[place]
            width = 4 * (-(-max(shard.widths[chosen]) // 4) + int(random.integers(0, 8)))
            pixels = np.full((len(chosen), HEIGHT, width), _GREY, np.uint8)
            for row, index in zip(pixels, chosen, strict=True):
                row[:, : shard.widths[index]] = strips[index]
            yield Batch(pixels, [labels[index] for index in chosen])


def _files(lines: Path, random: np.random.Generator) -> Iterator[Path]:
    """Without end: all files in any order, then all again."""
    done: set[Path] = set()
    while True:
        files = sorted(lines.glob("*.npz"))
        if not files:
            raise FileNotFoundError(f"{lines} has no lines to learn from")
        fresh = [file for file in files if file not in done]
        if not fresh:
            done, fresh = set(), files
        chosen = fresh[random.integers(len(fresh))]
        done.add(chosen)
        yield chosen


def _groups(widths: npt.NDArray[np.int64], random: np.random.Generator) -> list[list[int]]:
    """The lines of each batch: about as wide, and together not wider than a batch can be."""
    groups: list[list[int]] = [[]]
    for index in np.argsort(widths + random.uniform(-12, 12, len(widths))):
        if groups[-1] and (len(groups[-1]) + 1) * widths[index] > _COLUMNS:
            groups.append([])
        groups[-1].append(int(index))
    return groups
