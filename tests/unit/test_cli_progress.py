from __future__ import annotations

import io

from stele.cli.progress import INTERVAL, Bar, Lines, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_is_silent_where_nobody_watches() -> None:
    stream = io.StringIO()
    with progress(stream) as shown:
        shown.expect(3)
        for _ in range(3):
            shown.at("a.pdf")
            shown.advance()
    assert stream.getvalue() == ""


def test_long_work_tells_now_and_then_how_long_it_will_take() -> None:
    now = 0.0
    stream = io.StringIO()
    shown = Lines(stream, clock=lambda: now)
    shown.expect(600)
    for page in range(1, 61):
        now = page * 1.0
        shown.advance()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 60 // INTERVAL
    assert lines[0] == "20 of 600 pages done, about 9 min 40 s left"


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    stream = Terminal()
    with progress(stream) as shown:
        assert isinstance(shown, Bar)
        shown.expect(12)
        shown.at("report.pdf")
        shown.advance()
        shown.pause()
        shown.advance()
        shown.note("stele: report.pdf, page 2: [bold]damaged[/]")
    text = stream.getvalue()
    assert "2/12" in text
    assert "report.pdf" in text
    assert "[bold]damaged[/]" in text
    assert text.endswith("\x1b[2K")  # the line of the bar is erased
