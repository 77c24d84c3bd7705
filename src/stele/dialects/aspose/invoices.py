"""What an invoice says, as the JSON object that RecognizeAndParseInvoice gives.

By the words that stand before values on invoices, in English, German, French and Spanish: no model was trained for
this. What is not found stays empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import takewhile
from typing import Final

from stele.domain.document import FieldKind, Page

Pairs = Sequence[tuple[str, str]]

#: a number that is not there
_MISSING: Final = -1

_ISSUED: Final = re.compile(
    r"^(invoice date|date of (issue|invoice)|issued?( on)?|issue date|date"
    r"|rechnungsdatum|datum|date (de|d.) ?facture|date d.émission|fecha( de (factura|emisión))?)\b"
)
_DUE: Final = re.compile(
    r"^(payment due|due( date| on| by)?|pay(able)? by|date due"
    r"|fällig|zahlbar bis|échéance|date d.échéance|vencimiento)\b"
)
_TOTAL: Final = re.compile(
    r"^(grand total|total (due|amount|payable|incl)|amount (due|payable)|balance due|invoice total"
    r"|gesamtbetrag|rechnungsbetrag|total ttc|total a pagar|importe total|total)\b"
)
_NET: Final = re.compile(
    r"^(net( total| amount)?|sub ?-?total|total (excl|before|net|ht)|amount excl|nettobetrag|netto|base imponible)\b"
)
_VAT: Final = re.compile(r"^(vat|tax|gst|sales tax|total (vat|tax)|mwst|ust|mehrwertsteuer|umsatzsteuer|tva|iva)\b")
_RECEIVER: Final = re.compile(
    r"^(bill(ed)? to|invoice(d)? to|sold to|customer|client|to|kunde|rechnung an|facturé à|cliente)\s*:?\s*"
    r"(?P<rest>.*)$",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(r"(tax )?invoice|rechnung|facture|factura", re.IGNORECASE)

_TAX_ID: Final = re.compile(
    r"\b(?:vat|tax|gst|ust|tva|nif|cif)[ .-]*(?:reg(?:istration)?|id(?:entification)?)?[ .]*(?:nr|no|number|num)?[ .:]*"
    r"([a-z]{2}(?=[ \d])[ ]?\d[\d ]{5,14}\d|\d[\d ]{5,14}\d)",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?:tel(?:ephone|\.)?|phone|ph\.?)[ .:]*(\+?\d[\d ()/-]{5,}\d)", re.IGNORECASE)
_IBAN: Final = re.compile(r"\b([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b")
_ACCOUNT: Final = re.compile(r"\baccount(?: (?:no|number|nr))?[ .:]*(\d[\d -]{4,}\d)", re.IGNORECASE)
_BIC: Final = re.compile(r"\b(?i:bic|swift)(?i: code)?[ /.:]*(?i:bic)?[ .:]*([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b")
#: a short line with the name of a bank
_BANK: Final = re.compile(r"^(?:bank(?: name)?\s*:\s*)?((?:[\w&.'-]+ ){0,3}\w*bank(?: [\w&.'-]+){0,3})$", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)")
_PERCENT: Final = re.compile(r"\d+(?:[.,]\d+)?\s?%")
_CURRENCIES: Final = {"£": "gbp", "€": "eur", "¥": "jpy", "₹": "inr", "$": "usd"}
_CODE: Final = re.compile(r"\b(USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR)\b")

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("january januar janvier enero", "february februar février febrero", "march märz mars marzo"),
            *("april avril abril", "may mai mayo", "june juni juin junio", "july juli juillet julio"),
            *("august août agosto", "september septembre septiembre", "october oktober octobre octubre"),
            *("november novembre noviembre", "december dezember décembre diciembre"),
        ),
        start=1,
    )
    for name in names.split()
}
_ISO: Final = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DAY_MONTH: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)? (?:de )?([^\W\d]{3,})\.?,? (?:de )?(\d{4})\b")
_MONTH_DAY: Final = re.compile(r"\b([^\W\d]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_DIGITS: Final = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})\b")


def invoice_of(pages: Iterable[Page]) -> bytes:
    """The object, as JSON: text in lower case, dates as ISO 8601 has them; numbers that are missing are -1."""
    read = list(pages)
    rows = [row.strip() for page in read for row in page.text.split("\n") if row.strip()]
    pairs = [*_fields(read), *((row.lower(), row) for row in rows)]
    text = "\n".join(rows)
    tax_ids = [found.strip() for found in _TAX_ID.findall(text)]
    supplier, receiver = _supplier(read), _receiver(read)
    found = {
        "issue_date": _date(pairs, _ISSUED),
        "due_date": _date(pairs, _DUE),
        "supplier_name": supplier[0],
        "supplier_address": supplier[1],
        "supplier_email": _first(_EMAIL, text),
        "supplier_phone": _first(_PHONE, text),
        "supplier_tax_id": tax_ids[0] if tax_ids else "",
        "receiver_name": receiver[0],
        "receiver_address": receiver[1],
        "receiver_tax_id": tax_ids[1] if len(tax_ids) > 1 else "",
        "currency": _currency(text),
        "total_amount": _amount(pairs, _TOTAL),
        "vat": _amount(pairs, _VAT),
        "net_amount": _amount(pairs, _NET),
        "bank_name": next((found[1] for row in rows if (found := _BANK.match(row))), ""),
        "bic": _first(_BIC, text),
        "account": _first(_IBAN, text) or _first(_ACCOUNT, text),
    }
    lower = {key: value.lower() if isinstance(value, str) else value for key, value in found.items()}
    return json.dumps(lower, ensure_ascii=False).encode()


def _fields(pages: Iterable[Page]) -> Iterator[tuple[str, str]]:
    """What stands in forms: keys in lower case, with their values, but those of the columns of tables."""
    for page in pages:
        for field in page.fields:
            if field.value is not None and field.kind is FieldKind.ENTRY:
                yield field.key.text.lower().rstrip(": "), field.value.text


def _date(pairs: Pairs, label: re.Pattern[str]) -> str:
    values = (_iso(value) for key, value in pairs if label.match(key))
    return next(filter(None, values), "")


def _amount(pairs: Pairs, label: re.Pattern[str]) -> float:
    """The last number behind the first label that is followed by one, without percentages."""
    for key, value in pairs:
        begun = label.match(key)
        if begun is None or _TAX_ID.match(value):
            continue
        rest = value[begun.end() :] if value.lower() == key else value
        numbers = _NUMBER.findall(_PERCENT.sub("", rest))
        if numbers:
            return number_of(numbers[-1])
    return _MISSING


def number_of(text: str) -> float:
    """A number with its thousands and decimals marked in either way: a last mark before three digits is one of
    thousands."""
    digits = re.sub(r"[ '’]", "", text)
    head, mark, tail = re.match(r"(.*?)(?:([.,])(\d{1,2}))?$", digits).groups("")  # type: ignore[union-attr]
    whole = re.sub(r"[.,]", "", head)
    return float(f"{whole}.{tail}") if mark else float(whole)


def _iso(text: str) -> str:
    """The first date of a text; days come first where that cannot be told."""
    if found := _ISO.search(text):
        return _as_iso(int(found[1]), int(found[2]), int(found[3]))
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        if (found := pattern.search(text)) and (number := _month(found[month])):
            return _as_iso(int(found[3]), number, int(found[day]))
    if found := _DIGITS.search(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        year += 2000 if year < 100 else 0
        return _as_iso(year, second, first) or _as_iso(year, first, second)
    return ""


def _month(name: str) -> int | None:
    return next((number for month, number in _MONTHS.items() if month.startswith(name.lower())), None)


def _as_iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return "" if found is None else found[found.lastindex or 0]


def _currency(text: str) -> str:
    if found := _CODE.search(text):
        return found[1]
    return next((code for sign, code in _CURRENCIES.items() if sign in text), "")


def _supplier(pages: Sequence[Page]) -> tuple[str, str]:
    """The first lines of the first page that are not its title: whose paper it is, and where."""
    rows = [row for paragraph in _paragraphs(pages[:1]) for row in paragraph]
    rows = [row for row in rows if not _TITLE.fullmatch(row)]
    if not rows:
        return "", ""
    return rows[0], ", ".join(takewhile(lambda row: not _ends_address(row), rows[1:4]))


def _ends_address(row: str) -> bool:
    return ":" in row or any(one.search(row) for one in (_TAX_ID, _EMAIL, _PHONE, _RECEIVER, _TITLE))


def _receiver(pages: Sequence[Page]) -> tuple[str, str]:
    """The lines under `Bill to`, of its paragraph or of the next one."""
    paragraphs = list(_paragraphs(pages))
    for number, rows in enumerate(paragraphs):
        for position, row in enumerate(rows):
            begun = _RECEIVER.match(row)
            if begun is None or (begun[1].lower() == "to" and not begun["rest"] and ":" not in row):
                continue
            below = rows[position + 1 :] or (paragraphs[number + 1] if number + 1 < len(paragraphs) else [])
            lines = [begun["rest"].strip(), *below] if begun["rest"] else below
            if lines:
                return lines[0], ", ".join(takewhile(lambda line: not _ends_address(line), lines[1:4]))
    return "", ""


def _paragraphs(pages: Iterable[Page]) -> Iterator[list[str]]:
    for page in pages:
        for block in page.blocks:
            for paragraph in block.paragraphs:
                yield [row.strip() for row in paragraph.text.split("\n") if row.strip()]
