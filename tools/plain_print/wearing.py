"""What printing, paper and a scanner make of ink."""

from __future__ import annotations

import random

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

#: the least that print differs from its paper, in steps of grey
_CONTRAST = 55.0


def scanned(ink: Floats, em: int, draws: random.Random, noise: np.random.Generator) -> Bytes:
    """The scan (height x width, 0 to 255) of ink (height x width, 0 to 1) whose type has a size of `em` pixels.

    `draws` decides what happens to the line, `noise` gives what differs from pixel to pixel.
    """
    ink = _blurred(_uneven(ink, draws, noise), em, draws)
    in_two_tones = draws.random() < 0.3
    paper, black = _tones(draws)
    if in_two_tones:
        ink = _thresholded(ink, draws, noise)
        if draws.random() < 0.7:
            paper, black = 255.0, 0.0
    image = _on_paper(paper + (black - paper) * ink, draws, noise)
    return _sent(np.clip(image, 0, 255).astype(np.uint8), draws)


def _uneven(ink: Floats, draws: random.Random, noise: np.random.Generator) -> Floats:
    """At times paler in patches of about twelve pixels."""
    if draws.random() >= 0.25:
        return ink
    height, width = ink.shape
    patches = noise.random((max(2, height // 12), max(2, width // 12)), dtype=np.float32)
    return ink * (1 - draws.uniform(0.1, 0.6) * np.asarray(cv2.resize(patches, (width, height)), np.float32))


def _blurred(ink: Floats, em: int, draws: random.Random) -> Floats:
    sigma = (abs(draws.gauss(0, 0.022)) if draws.random() < 0.8 else draws.uniform(0.02, 0.06)) * em
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma), np.float32) if sigma > 0.25 else ink


def _tones(draws: random.Random) -> tuple[float, float]:
    """Grey of the paper and of the ink; at times coloured paper or pale ink."""
    paper, black = draws.uniform(200, 255), draws.uniform(0, 90)
    if draws.random() < 0.12:
        paper, black = draws.uniform(110, 255), draws.uniform(0, 150)
    return paper, min(black, paper - _CONTRAST)


def _thresholded(ink: Floats, draws: random.Random, noise: np.random.Generator) -> Floats:
    """Ink or none in each pixel, by what a threshold makes of noise."""
    grain = noise.normal(0, draws.uniform(0.02, 0.2), ink.shape).astype(np.float32)
    if draws.random() < 0.5:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7), np.float32) * 1.8
    ink = (ink + grain > draws.uniform(0.25, 0.7)).astype(np.float32)
    if draws.random() < 0.3:
        specks = noise.random(ink.shape) < draws.uniform(0, 0.012)
        ink = np.where(specks, 1 - ink, ink)
    return ink


def _on_paper(image: Floats, draws: random.Random, noise: np.random.Generator) -> Floats:
    """At times shaded along the line, on mottled paper, with a scanner's noise, or light on dark."""
    height, width = image.shape
    if draws.random() < 0.25:
        image = image + np.linspace(0, draws.uniform(-35, 35), width, dtype=np.float32)
    if draws.random() < 0.2:
        spots = noise.normal(0, draws.uniform(2, 10), (max(2, height // 4), max(2, width // 4))).astype(np.float32)
        image = image + np.asarray(cv2.resize(spots, (width, height)), np.float32)
    if draws.random() < 0.5:
        image = image + noise.normal(0, draws.uniform(1, 14), image.shape).astype(np.float32)
    return 255 - image if draws.random() < 0.07 else image


def _sent(image: Bytes, draws: random.Random) -> Bytes:
    """At times through JPEG, and at times made smaller."""
    if draws.random() < 0.35:
        _, file = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, draws.randint(25, 92)])
        image = np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8)
    if draws.random() < 0.12:
        share = draws.uniform(0.5, 0.85)
        if image.shape[0] * share > 11:
            image = np.asarray(cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    return image
