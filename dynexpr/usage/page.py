"""What was consumed, as one page for a browser: no script, nothing loaded from anywhere, light or dark as the reader's.

Bars are as long as what they cost, so that read and write units, which have different prices, can be compared.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, Final

from dynexpr.prices import Prices
from dynexpr.usage.report import dearest, number, places

if TYPE_CHECKING:
    from dynexpr.metering import Capacity

_STATEMENTS: Final = 25
_NONE: Final = Decimal(0)

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #f7f7f5; --card: #ffffff; --ink: #1d2125; --soft: #626b74; --line: #e3e4e1;
  --read: #2f6fd0; --write: #d9772b; --track: #eef0f2; --code: #f1f2f0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #98a2ab;
  --line: #2d3238; --read: #6ea6f5; --write: #f0a263; --track: #262b30; --code: #23282d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.25rem 3rem; }
header { margin-bottom: 1.75rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1rem; margin: 0 0 .9rem; }
p { margin: 0; }
.soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .9rem; margin: 0 0 .9rem; }
.card, section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
.card { padding: .9rem 1.1rem; }
.card dt { color: var(--soft); font-size: .85rem; }
.card dd { margin: .1rem 0 0; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums;
  letter-spacing: -.01em; }
section { padding: 1.1rem 1.25rem 1.25rem; margin-bottom: .9rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); gap: .9rem; }
.pair section { min-width: 0; }
.legend { display: flex; gap: 1.2rem; color: var(--soft); font-size: .85rem; margin: 0 .2rem .6rem; }
.legend i { display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem; margin-right: .4rem; }
.bars { display: grid; gap: .8rem; list-style: none; margin: 0; padding: 0; }
.bars .top { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
.bars .name { font-weight: 600; overflow-wrap: anywhere; }
.num { font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; background: var(--track);
  margin: .25rem 0 .15rem; }
.bar i { display: block; height: 100%; }
.r { background: var(--read); fill: var(--read); } .w { background: var(--write); fill: var(--write); }
.bars .soft { font-size: .85rem; }
svg { display: block; width: 100%; min-width: 34rem; height: auto; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
svg line { stroke: var(--line); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; white-space: nowrap; color: var(--soft); font-weight: 500; font-size: .85rem;
  padding: 0 .75rem .4rem 0; }
td { border-top: 1px solid var(--line); padding: .6rem .75rem .6rem 0; vertical-align: top; }
th:not(:first-child), td:not(:first-child) { text-align: right; padding-left: .75rem; padding-right: 0; }
code { font: .86rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  overflow-wrap: anywhere; }
td code { display: block; min-width: 16rem; }
td .bar { height: .35rem; max-width: 24rem; margin-top: .4rem; }
footer { color: var(--soft); font-size: .85rem; margin-top: 1.25rem; }
@media print { body { background: none; } section, .card { break-inside: avoid; } }
"""

_LEGEND: Final = (
    '<p class="legend"><span><i class="r"></i>reads</span><span><i class="w"></i>writes</span>'
    "<span>bars show what they cost</span></p>"
)


def page(used: "Capacity", prices: Prices, title: str) -> str:
    """The whole page."""
    began = datetime.fromtimestamp(used.began, UTC)
    seconds, moments = used.timeline
    lasted = timedelta(seconds=round(seconds * len(moments), 1))
    cards = [
        ("Cost", _money(used.cost(prices)), f"${used.cost(prices):f}"),
        ("Read units", number(used.read_units), ""),
        ("Write units", number(used.write_units), ""),
        ("Requests", f"{used.requests:,}", ""),
    ]
    labels = dearest(used.by_label, prices)
    labelled = [(label or "no label", share) for label, share in labels] if set(used.by_label) - {None} else []
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            "<header>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="soft">From {began:%Y-%m-%d %H:%M:%S} UTC, over {_duration(lasted)}</p>',
            "</header>",
            '<dl class="cards">',
            *(_card(*card) for card in cards),
            "</dl>",
            _LEGEND,
            '<div class="pair">',
            _section("By table and index", _bars(dearest(places(used), prices), prices)),
            _section("By operation", _bars(dearest(used.by_operation, prices), prices)),
            "</div>",
            *([_section("By label", _bars(labelled, prices))] if labelled else []),
            _section("Over time", _timeline(seconds, moments, prices)),
            _section("Dearest statements", _statements(used, prices)),
            _footer(prices),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _footer(prices: Prices) -> str:
    source = f", {prices.source}" if prices.source else ""
    return (
        f"<footer>Prices of {escape(prices.dated + source)}: ${prices.read:f} per million read units, "
        f"${prices.write:f} per million write units; storage is not included. "
        "Values of items are not part of this page.</footer>"
    )


def _card(name: str, shown: str, exact: str) -> str:
    title = f' title="{escape(exact)}"' if exact else ""
    return f'<div class="card"><dt>{name}</dt><dd{title}>{shown}</dd></div>'


def _section(title: str, inside: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{inside}\n</section>"


def _bars(rows: list[tuple[Any, Any]], prices: Prices) -> str:
    if not rows:
        return '<p class="soft">Nothing was sent.</p>'
    longest = max(share.cost(prices) for _, share in rows)
    return (
        '<ul class="bars">\n' + "\n".join(_bar_row(str(name), each, longest, prices) for name, each in rows) + "\n</ul>"
    )


def _bar_row(name: str, share: Any, longest: Decimal, prices: Prices) -> str:
    requests = getattr(share, "requests", None)
    count = "" if requests is None else f"{requests:,} request{'s' * (requests != 1)}, "
    cost = share.cost(prices)
    return (
        f'<li><div class="top"><span class="name">{escape(name)}</span>'
        f'<span class="num" title="${cost:f}">{_money(cost)}</span></div>'
        f"{_bar(share, longest, prices)}"
        f'<span class="soft num">{count}{_units(share.read_units, share.write_units)}</span></li>'
    )


def _bar(share: Any, longest: Decimal, prices: Prices) -> str:
    read, write = (_percent(cost, longest) for cost in _costs(share.read_units, share.write_units, prices))
    return f'<div class="bar"><i class="r" style="width:{read}%"></i><i class="w" style="width:{write}%"></i></div>'


def _statements(used: "Capacity", prices: Prices) -> str:
    rows = dearest(used.by_statement, prices)
    if not rows:
        return '<p class="soft">Nothing was sent.</p>'
    longest = rows[0][1].cost(prices)
    lines = [
        f"<tr><td><code>{escape(words)}</code>{_bar(share, longest, prices)}</td>"
        f'<td class="num">{share.requests:,}</td><td class="num">{number(share.read_units)}</td>'
        f'<td class="num">{number(share.write_units)}</td>'
        f'<td class="num" title="${share.cost(prices):f}">{_money(share.cost(prices))}</td></tr>'
        for words, share in rows[:_STATEMENTS]
    ]
    left = len(rows) - _STATEMENTS
    more = f'\n<p class="soft">and {left:,} cheaper statement{"s" * (left > 1)}</p>' if left > 0 else ""
    head = "".join(f"<th>{each}</th>" for each in ("Statement", "Requests", "Read units", "Write units", "Cost"))
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(lines)
        + f"\n</tbody>\n</table></div>{more}"
    )


_WIDE, _HIGH, _LEFT, _FOOT = 960, 190, 100, 24


def _timeline(seconds: float, moments: list[tuple[Decimal, Decimal]], prices: Prices) -> str:
    """Bars over time, reads on the writes, from the beginning to the end of the moment that was the last to cost."""
    if not moments:
        return '<p class="soft">Nothing was sent.</p>'
    costs = [_costs(read, write, prices) for read, write in moments]
    highest = max(sum(each, _NONE) for each in costs) or Decimal(1)
    step = (_WIDE - _LEFT) / len(moments)
    room = _HIGH - _FOOT - 8
    parts = []
    for place in (0, 1, 2):
        y = 8 + room * place / 2
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDE}" y2="{y:.1f}"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_money(highest * (2 - place) / 2)}</text>'
        )
    for place, ((read, write), (read_cost, write_cost)) in enumerate(zip(moments, costs, strict=True)):
        if not read_cost and not write_cost:
            continue
        x = _LEFT + place * step
        high, low = (float(cost / highest) * room for cost in (read_cost, write_cost))
        told = f"{_clock(place * seconds)} to {_clock((place + 1) * seconds)}: {_units(read, write)}"
        bar = f'x="{x:.2f}" width="{max(step - 1, 0.8):.2f}"'
        parts.append(
            f"<g><title>{escape(told)}</title>"
            f'<rect class="w" {bar} y="{8 + room - low:.2f}" height="{low:.2f}"/>'
            f'<rect class="r" {bar} y="{8 + room - low - high:.2f}" height="{high:.2f}"/></g>'
        )
    end = seconds * len(moments)
    for place in range(5):
        x = _LEFT + (_WIDE - _LEFT) * place / 4
        anchor = "start" if place == 0 else "end" if place == 4 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{_HIGH - 6}" text-anchor="{anchor}">{_clock(end * place / 4)}</text>')
    label = f"Cost for each {_clock(seconds)} of the work, the most {_money(highest)}"
    svg = f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="{label}">'
    return f'<div class="scroll">{svg}\n' + "\n".join(parts) + "\n</svg></div>"


def _costs(read: Decimal, write: Decimal, prices: Prices) -> tuple[Decimal, Decimal]:
    return prices.cost(read, _NONE), prices.cost(_NONE, write)


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{float(part / whole) * 100 if whole else 0:.2f}"


def _units(read: Decimal, write: Decimal) -> str:
    told = [f"{number(units)} {name}" for units, name in ((read, "read units"), (write, "write units")) if units]
    return ", ".join(told) or "no units"


def _money(dollars: Decimal) -> str:
    """An amount in at least three digits that say something; the whole of it stands in the title.

    >>> _money(Decimal("0.000000625")), _money(Decimal("0.0123456")), _money(Decimal("1234.5")), _money(Decimal(0))
    ('$0.000000625', '$0.0123', '$1,234.50', '$0')
    """
    if not dollars:
        return "$0"
    places = max(2, 2 - dollars.adjusted())
    shown = f"{dollars:,.{places}f}"
    return "$" + (shown if places == 2 else shown.rstrip("0"))


def _clock(seconds: float) -> str:
    """A duration, short.

    >>> _clock(0), _clock(0.125), _clock(0.09375), _clock(75), _clock(7_200)
    ('0 s', '0.125 s', '0.0938 s', '1:15', '2:00:00')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _duration(lasted: timedelta) -> str:
    return _clock(lasted.total_seconds())
