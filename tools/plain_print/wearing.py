"""What printing, paper and a scanner make of ink (height x width, 0 to 1), and of its scan (0 to 255)."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from tools.plain_print.line import Floats

Bytes = npt.NDArray[np.uint8]


def uneven(ink: Floats, paler: float, noise: np.random.Generator) -> Floats:
    """Paler by at most that share, in patches of about twelve pixels."""
    height, width = ink.shape
    patches = noise.random((max(2, height // 12), max(2, width // 12)), dtype=np.float32)
    return ink * (1 - paler * np.asarray(cv2.resize(patches, (width, height)), np.float32))


def blurred(ink: Floats, sigma: float) -> Floats:
    """By so many pixels, unless nobody would see it."""
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma), np.float32) if sigma > 0.25 else ink


def grain(like: Floats, deviation: float, noise: np.random.Generator) -> Floats:
    return noise.normal(0, deviation, like.shape).astype(np.float32)


def specked(ink: Floats, share: float, noise: np.random.Generator) -> Floats:
    """With that share of its pixels turned: ink to paper, paper to ink."""
    return np.where(noise.random(ink.shape) < share, 1 - ink, ink)


def shaded(image: Floats, end: float) -> Floats:
    """Lighter and lighter along the line, at its end by so much."""
    return image + np.linspace(0, end, image.shape[1], dtype=np.float32)


def mottled(image: Floats, deviation: float, noise: np.random.Generator) -> Floats:
    """On paper that has spots of about four pixels."""
    height, width = image.shape
    spots = noise.normal(0, deviation, (max(2, height // 4), max(2, width // 4))).astype(np.float32)
    return image + np.asarray(cv2.resize(spots, (width, height)), np.float32)


@dataclass(frozen=True)
class Sending:
    """How scans are sent: the share that goes through JPEG, its least and highest quality, and the share that is made
    smaller."""

    compressed: float
    quality: tuple[int, int]
    smaller: float

    def sent(self, scan: Floats, draws: random.Random) -> Bytes:
        image = np.clip(scan, 0, 255).astype(np.uint8)
        if draws.random() < self.compressed:
            _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, draws.randint(*self.quality)])
            image = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
        if draws.random() < self.smaller:
            share = draws.uniform(0.5, 0.85)
            if image.shape[0] * share > 11:
                image = np.asarray(cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
        return image
