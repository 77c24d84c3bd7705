"""What is found on invoices by the words before values."""

from __future__ import annotations

import json

import pytest
from tests.builders import page

from stele.dialects.aspose.invoices import invoice_of, number_of

INVOICE = """ACME Tools GmbH
Hauptstrasse 12, 10115 Berlin
Tel: +49 30 1234567
info@acme-tools.de
VAT No: DE 123456789
INVOICE
Invoice date: 04/05/2024
Due date: 3 June 2024
Bill to:
Blue Fish Ltd
1 High Street
London
VAT ID: GB 987654321
Subtotal: € 1.234,50
VAT 19 %: 234,56
Total EUR 1.469,06
Commerzbank Berlin
IBAN DE89 3704 0044 0532 0130 00
BIC: COBADEFFXXX"""


def test_an_invoice() -> None:
    assert json.loads(invoice_of([page(1, INVOICE.split("\n"))])) == {
        "issue_date": "2024-05-04",
        "due_date": "2024-06-03",
        "supplier_name": "acme tools gmbh",
        "supplier_address": "hauptstrasse 12, 10115 berlin",
        "supplier_email": "info@acme-tools.de",
        "supplier_phone": "+49 30 1234567",
        "supplier_tax_id": "de 123456789",
        "receiver_name": "blue fish ltd",
        "receiver_address": "1 high street, london",
        "receiver_tax_id": "gb 987654321",
        "currency": "eur",
        "total_amount": 1469.06,
        "vat": 234.56,
        "net_amount": 1234.5,
        "bank_name": "commerzbank berlin",
        "bic": "cobadeffxxx",
        "account": "de89 3704 0044 0532 0130 00",
    }


def test_a_page_that_is_no_invoice() -> None:
    found = json.loads(invoice_of([page(1, ["nothing of the kind"]), page(2, [])]))
    assert found.pop("supplier_name") == "nothing of the kind"
    assert {found[name] for name in ("total_amount", "vat", "net_amount")} == {-1}
    assert {value for value in found.values() if isinstance(value, str)} == {""}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,076.95", 1076.95),
        ("1.076,95", 1076.95),
        ("12", 12),
        ("1 234,5", 1234.5),
        ("1,000", 1000),
        ("1'200.00", 1200),
    ],
)
def test_numbers(text: str, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ("Invoice date 2024-02-29", "2024-02-29"),
        ("Date of issue: March 7th, 2023", "2023-03-07"),
        ("Rechnungsdatum 7. März 2023", "2023-03-07"),
        ("Issued on 03/17/2023", "2023-03-17"),
        ("Fecha de emisión: 7 de marzo de 2023", "2023-03-07"),
        ("Invoice date 31.02.2023", ""),
    ],
)
def test_dates(row: str, day: str) -> None:
    assert json.loads(invoice_of([page(1, [row])]))["issue_date"] == day
