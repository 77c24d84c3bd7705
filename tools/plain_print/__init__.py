"""Draws lines of plain Latin print and trains the small network that reads them; see README.md."""
