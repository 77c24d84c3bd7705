"""The network that reads plain print, and the file of its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tools.plain_print.texts import CLASSES
from torch import Tensor, nn

#: channels of the layers, by the height of what they give: 16, 8, 4, 2 and 1
_CHANNELS = (32, 48, 64, 96, 160)


class Layer(nn.Sequential):
    """A convolution, its batch norm and a ReLU; of odd sizes, so that with padding it keeps the size it is given."""

    def __init__(self, channels: tuple[int, int], size: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> None:
        padding = (size[0] // 2 if size[0] % 2 else 0, size[1] // 2)
        convolution = nn.Conv2d(*channels, size, stride, padding=padding, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(channels[1]), nn.ReLU())

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weights (out x in x height x width) and biases (out) of one convolution that does what both do."""
        convolution, norm = self[0], self[1]
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        return convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


class Residual(Layer):
    """A layer whose result is added to what it is given."""

    def __init__(self, channels: int, size: tuple[int, int] = (3, 3)) -> None:
        super().__init__((channels, channels), size)

    def forward(self, given: Tensor) -> Tensor:
        return given + super().forward(given)


class Network(nn.Module):
    """Strips (N x 1 x 32 x width, -1 black to 1 white) to the scores of classes (N x steps x classes).

    A layer halves the width twice; each column that is left gives two steps, so that there are width / 2.
    """

    def __init__(self) -> None:
        super().__init__()
        first, second, third, fourth, last = _CHANNELS
        square, wide = (3, 3), (1, 5)
        self.body = nn.Sequential(
            Layer((1, first), square, stride=(2, 2)),
            Layer((first, second), square, stride=(2, 2)),
            Residual(second),
            Layer((second, third), square, stride=(2, 1)),
            Residual(third),
            Residual(third),
            Layer((third, fourth), square, stride=(2, 1)),
            Residual(fourth),
            Residual(fourth),
            Layer((fourth, last), (2, 1)),
            Residual(last, wide),
            Residual(last, wide),
            Residual(last, wide),
        )
        self.split = nn.Conv2d(last, 2 * last, 1)
        self.head = nn.Conv2d(last, len(CLASSES), 1)

    def forward(self, strips: Tensor) -> Tensor:
        halves = torch.relu(self.split(self.body(strips)))
        count, channels, _, columns = halves.shape
        halves = halves.view(count, 2, channels // 2, columns).permute(0, 2, 3, 1)
        steps = halves.reshape(count, channels // 2, 1, 2 * columns)
        return self.head(steps)[:, :, 0].permute(0, 2, 1)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What reading needs, by name, as README.md describes it."""
        found: dict[str, npt.NDArray[np.generic]] = {}
        for index, layer in enumerate(self.body):
            found |= _named(f"{index:02}", *layer.folded())
        for name, convolution in (("split", self.split), ("head", self.head)):
            found |= _named(name, convolution.weight[:, :, 0, 0], convolution.bias)
        return found | {"characters": np.array(CLASSES)}


def _named(name: str, weights: Tensor, bias: Tensor) -> dict[str, npt.NDArray[np.generic]]:
    return {
        f"{name}_weights": weights.detach().numpy().astype(np.float16),
        f"{name}_bias": bias.detach().numpy().astype(np.float32),
    }


def write(trained: Path, file: Path) -> None:
    """Write the averaged weights of a trained network (what `training.train` writes) for reading."""
    network = Network()
    network.load_state_dict(torch.load(trained)["average"])
    np.savez_compressed(file, allow_pickle=False, **network.arrays())
