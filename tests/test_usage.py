"""Does what was consumed look right: as text, and as a page that a browser shows without asking anybody?"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dynexpr import create_engine, insert, put, select
from dynexpr.metering import Capacity
from dynexpr.prices import ON_DEMAND, Prices
from dynexpr.requests import Request
from dynexpr.usage.page import page
from tests.models import NOW, Base, Payment, Quota


@pytest.fixture
def used() -> Iterator[Capacity]:
    """What some work consumed, some of it with a label that has to be escaped."""
    with create_engine("local://", clock=lambda: NOW) as engine:
        Base.metadata.create_all(engine)
        with engine.capacity() as block:
            with engine.capacity("<load & see>"):
                engine.execute(
                    insert(Payment).values(id="secret", timestamp=NOW, customer_id="hidden", amount=Decimal(5))
                )
                engine.execute(put(Quota).values(user="secret", remaining=1))
            engine.execute(select(Payment).where(Payment.customer_id == "hidden", Payment.amount < 7)).all()
        yield block


REPORT = """\
3 requests, 0.5 read units, 4 write units
$0.0000025625 (prices of 2024-11, on demand in us-east-1, https://aws.amazon.com/dynamodb/pricing/on-demand/; without \
storage)

requests  read units  write units       dollars  operation
       2           0            4  0.0000025000  PutItem
       1         0.5            0  0.0000000625  Query

requests  read units  write units       dollars  table or index
                 0.5            1  0.0000006875  payments/customer-index
                   0            1  0.0000006250  payments
                   0            1  0.0000006250  payments/status-index
                   0            1  0.0000006250  quotas

requests  read units  write units       dollars  label
       2           0            4  0.0000025000  <load & see>
       1         0.5            0  0.0000000625  (none)

requests  read units  write units      dollars  statement
       1           0            3  0.000001875  PutItem payments; if attribute_not_exists(id)
       1           0            1  0.000000625  PutItem quotas
… and 1 cheaper statement"""


def test_report(used: Capacity) -> None:
    """The report says everything, aligned, the dearest first, and how much it leaves out."""
    assert used.report(statements=2) == REPORT


def test_report_of_nothing() -> None:
    """Where nothing was consumed the report says so, in one line and a half."""
    told = Capacity().report(Prices(read=Decimal(1), write=Decimal(1), dated="2030-01"))
    assert told == "0 requests, 0 read units, 0 write units\n$0 (prices of 2030-01; without storage)"


def test_long_statements_are_cut() -> None:
    """A statement that does not fit on a line is cut in the text, and whole in the page."""
    used = Capacity()
    text = " AND ".join(f"attribute{number} = :v{number}" for number in range(20))
    used.count("Scan", {}, Request("Scan", {"TableName": "t", "FilterExpression": text}))
    assert max(map(len, used.report().splitlines()[2:])) < 160
    assert text in page(used, ON_DEMAND, "x")


VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "line", "rect"})
LOADS = frozenset({"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "base", "form"})


class Strict(HTMLParser):
    """Takes well-formed pages only, and notes what is in them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.seen.append(tag)
        self.attributes += attrs
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element is empty."""
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and it is the one that began last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        if "style" not in self.open:
            self.text.append(data)


def parsed(path: Path) -> Strict:
    """A page that was read to its end."""
    parser = Strict()
    parser.feed(path.read_text(encoding="utf-8"))
    parser.close()
    assert parser.open == []
    return parser


def test_page(used: Capacity, tmp_path: Path) -> None:
    """The page is well-formed, loads nothing, runs nothing, has every number, and no value of an item."""
    path = tmp_path / "used.html"
    used.to_html(path, title="Load </title><script>alert(1)</script>")
    found = parsed(path)
    assert not LOADS & set(found.seen)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in {"src", "href"}]
    whole = path.read_text(encoding="utf-8")
    assert "url(" not in whole
    assert "@import" not in whole
    assert "secret" not in whole
    assert "hidden" not in whole.partition("</style>")[2]
    text = "\n".join(found.text)
    for told in (
        "Load </title><script>alert(1)</script>",
        "<load & see>",
        "PutItem payments; if attribute_not_exists(id)",
        "Query payments/customer-index: customer_id = :v0; filter amount < :v1",
        "payments/status-index",
        "$0.0000025",
        "Prices of 2024-11",
        "Over time",
    ):
        assert told in text
    assert found.seen.count("h1") == 1
    assert ("role", "img") in found.attributes
    assert "prefers-color-scheme: dark" in whole


@pytest.mark.parametrize(
    ("answered", "ends", "moments"),
    [
        ((0.0,), "0.125 s", 1),
        ((0.01, 0.02, 0.13), "0.25 s", 2),
        ((0.0, 1.0, 2.9), "3 s", 24),
        ((0.0, 29.9), "30 s", 240),
        ((10.0, 60.9), "1:01", 122),
        ((0.0, 100.0, 7_200.0), "2:00:32", 226),
    ],
)
def test_the_time_ends_with_the_last_request(
    answered: tuple[float, ...], ends: str, moments: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The axis of time ends with the moment of the last request, whose bar reaches the end of the picture."""
    now = [0.0]
    monkeypatch.setattr("dynexpr.capacity.time.monotonic", lambda: now[0])
    used = Capacity()
    for at in answered:
        now[0] = at
        used.count("Query", {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.0}})
    assert len(used.timeline[1]) == moments
    used.to_html(tmp_path / "used.html")
    picture = (tmp_path / "used.html").read_text().partition("<svg")[2].partition("</svg>")[0]
    axis = re.findall(r'<text x="([\d.]+)" y="184" text-anchor="\w+">([^<]*)', picture)
    assert axis[0] == ("100.0", "0 s")
    assert axis[-1] == ("960.0", ends)
    x, width = map(float, re.findall(r'<rect class="r" x="([\d.]+)" width="([\d.]+)"', picture)[-1])
    assert x + width == pytest.approx(960, abs=1.1)
    assert f" to {ends}: 1 read units" in picture
    amounts = re.findall(r'<text x="92" [^>]*>([^<]*)', picture)
    assert amounts[-1] == "$0"
    assert all(7 * len(amount) <= 92 for amount in amounts), "cut off at the left"


def test_page_of_nothing(tmp_path: Path) -> None:
    """A page about nothing is a page, too."""
    Capacity().to_html(tmp_path / "empty.html")
    assert "Nothing was sent." in "".join(parsed(tmp_path / "empty.html").text)


def test_page_without_units(tmp_path: Path) -> None:
    """Requests that consume nothing have bars of no length."""
    used = Capacity()
    used.count("ListTables", {}, Request("ListTables", {}))
    used.to_html(tmp_path / "free.html")
    assert "ListTables" in "".join(parsed(tmp_path / "free.html").text)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.ci
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_page_in_a_browser(used: Capacity, tmp_path: Path) -> None:
    """A browser lays the page out without a complaint, within its window, light and dark."""
    assert CHROMIUM is not None
    path = tmp_path / "used.html"
    used.to_html(path)
    pictures: list[bytes] = []
    for number, options in enumerate(([], ["--force-dark-mode"])):
        picture = tmp_path / f"{number}.png"
        command: list[Any] = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}", "--window-size=900,1400", *options, f"--screenshot={picture}",
            path.as_uri(),
        ]  # fmt: skip
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
        assert picture.exists(), done.stderr
        assert "CONSOLE" not in done.stderr
        pictures.append(picture.read_bytes())
    assert pictures[0] != pictures[1]
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert shown.count("<section>") == 5
    assert "PutItem quotas" in shown
