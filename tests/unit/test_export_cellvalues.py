"""Printed cells become numbers and dates only where there is no doubt."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stele.pipeline.export.cellvalues import CellValue, Conventions, conventions, value_of

POINT, COMMA = Conventions(), Conventions(decimal=",")


@pytest.mark.parametrize(
    ("text", "known", "value", "code"),
    [
        ("42", POINT, 42, "General"),
        ("0", POINT, 0, "General"),
        (" 3.50 ", POINT, 3.5, "0.00"),
        ("1,234", POINT, 1234, "#,##0"),
        ("1,234", COMMA, 1.234, "0.000"),
        ("1.234", COMMA, 1234, "#,##0"),
        ("1,234,567.89", POINT, 1234567.89, "#,##0.00"),
        ("1.234.567,89", COMMA, 1234567.89, "#,##0.00"),
        ("1 234,50", COMMA, 1234.5, "#,##0.00"),
        ("1'234.50", POINT, 1234.5, "#,##0.00"),
        ("-7", POINT, -7, "General"),
        ("−7.5", POINT, -7.5, "0.0"),
        ("(1,200)", POINT, -1200, "#,##0"),
        ("$1,250.00", POINT, 1250, '"$"#,##0.00'),
        ("-$3", POINT, -3, '"$"0'),
        ("12,50 €", COMMA, 12.5, '0.00 "€"'),
        ("12.5%", POINT, 0.125, "0.0%"),
        ("7 %", POINT, 0.07, "0%"),
    ],
)
def test_numbers(text: str, known: Conventions, value: float, code: str) -> None:
    assert value_of(text, known) == CellValue(value=value, code=code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "007",
        "00.5",
        "1234567890123456",
        "555 123",
        "12,34",
        "1,23,456",
        "1.2.3",
        "12-34",
        "(5",
        "5)",
        "$5€",
        "A1",
        "=1+1",
        "1e5",
        "½",
        "12:30",
        "٣",
    ],
)
def test_what_may_be_a_name_stays_text(text: str) -> None:
    assert value_of(text, POINT) is None


@pytest.mark.parametrize(
    ("text", "known", "date", "code"),
    [
        ("2024-03-14", POINT, (2024, 3, 14), "yyyy-mm-dd"),
        ("14.3.2024", POINT, (2024, 3, 14), "dd.mm.yyyy"),
        ("31/01/2024", POINT, (2024, 1, 31), "dd/mm/yyyy"),
        ("01/31/2024", POINT, (2024, 1, 31), "mm/dd/yyyy"),
        ("03/04/2024", Conventions(day_first=True), (2024, 4, 3), "dd/mm/yyyy"),
        ("03/04/2024", Conventions(day_first=False), (2024, 3, 4), "mm/dd/yyyy"),
        ("14 March 2024", POINT, (2024, 3, 14), "d mmmm yyyy"),
        ("1st Sept. 2024", POINT, (2024, 9, 1), "d mmmm yyyy"),
        ("Mar 4, 2024", POINT, (2024, 3, 4), "mmm d, yyyy"),
        ("May 4, 2024", POINT, (2024, 5, 4), "mmm d, yyyy"),
    ],
)
def test_dates(text: str, known: Conventions, date: tuple[int, int, int], code: str) -> None:
    assert value_of(text, known) == CellValue(value=datetime.date(*date), code=code)


@pytest.mark.parametrize(
    "text", ["03/04/2024", "30.02.2024", "2024-13-01", "1 Brumaire 1799", "4 July 1776", "m 4, 2024"]
)
def test_dates_that_are_doubtful_or_not_there_stay_text(text: str) -> None:
    assert value_of(text, POINT) is None


def test_a_table_tells_its_conventions() -> None:
    assert conventions(["1,234", "0,5", "x"], None).decimal == ","
    assert conventions(["1,234", "12.5"], "de").decimal == "."
    assert conventions(["1,234"], "de").decimal == ","
    assert conventions(["1,234"], "en").decimal == "."
    assert conventions(["1.5", "1,5"], None).decimal == ".", "cells that contradict each other prove nothing"
    assert conventions(["03/04/2024", "25/04/2024"], None).day_first is True
    assert conventions(["03/04/2024", "04/25/2024"], None).day_first is False
    assert conventions(["03/04/2024"], "en").day_first is None


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.sampled_from([POINT, COMMA]))
def test_what_is_printed_is_read_back(number: int, decimals: int, known: Conventions) -> None:
    """As a program prints it, with groups and decimals, in both conventions."""
    value = number / 10**decimals
    text = f"{value:,.{decimals}f}"
    if known is COMMA:
        text = text.translate(str.maketrans(",.", ".,"))
    read = value_of(text, known)
    assert read is not None
    assert isinstance(read.value, int | float)
    assert abs(read.value - value) <= abs(value) * 1e-12


@given(st.text(max_size=30))
def test_nothing_that_is_printed_breaks_it(text: str) -> None:
    value_of(text, conventions([text], None))
