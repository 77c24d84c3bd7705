"""Galleries: the pictures that logos, landmarks and matching pictures are looked for in. Each project has its own."""

from __future__ import annotations

from enum import StrEnum

from stele.domain.annotation import Coordinates
from stele.domain.job import Feature
from stele.domain.value import Value


class GalleryKind(StrEnum):
    """What the pictures of a gallery are of, and so what they answer."""

    LOGOS = "logos"
    LANDMARKS = "landmarks"
    WEB = "web"  #: any pictures, with the addresses where they are shown

    @property
    def feature(self) -> Feature:
        return Feature(self.value)


class ShownOn(Value):
    """A page that shows a picture."""

    url: str
    title: str | None = None


class GalleryEntry(Value):
    """What is known of a picture in a gallery. `id` is unique in it.

    `name` is the brand, the place, or what the picture is about; several pictures may have the same one.
    """

    id: str
    name: str
    mid: str | None = None
    locations: tuple[Coordinates, ...] = ()
    url: str | None = None
    pages: tuple[ShownOn, ...] = ()


class Gallery(Value):
    name: str
    kind: GalleryKind
    entries: int
