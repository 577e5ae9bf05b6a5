"""A chart of ratios as SVG: one line of dots per contender, on an axis where each step is ten times the last."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

_WIDTH, _LEFT, _RIGHT, _STEP = 760, 150, 70, 24
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de } .one { stroke: #57606a; stroke-dasharray: 3 3 }
.bar { stroke: #afb8c1; stroke-width: 2 }
.dot { fill: #6e7781 } .ours { fill: #0969da } .oursbar { stroke: #0969da; stroke-width: 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #30363d } .one { stroke: #9198a1 }
.bar { stroke: #484f58 }
.dot { fill: #9198a1 } .ours { fill: #58a6ff } .oursbar { stroke: #58a6ff } }
"""


def svg(groups: Mapping[str, Mapping[str, float]], ours: str = "splice") -> str:
    """`groups`: a title -> contender -> ratio, where 1 is the one that all are compared with."""
    groups = {title: {n: v for n, v in group.items() if math.isfinite(v)} for title, group in groups.items()}
    values = [value for group in groups.values() for value in group.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(value: float) -> float:
        return _LEFT + (math.log10(value) - low) / max(high - low, 1) * (_WIDTH - _LEFT - _RIGHT)

    body, y = [], 18
    for title, group in groups.items():
        y += 16
        body.append(f'<text class="title" x="8" y="{y}">{escape(title)}</text>')
        for name, value in sorted(group.items(), key=lambda item: item[1]):
            y += _STEP
            mine = name == ours
            shown = f"{value:.0f}" if value >= 10 else f"{value:.2f}"
            begin, end = sorted((x(1), x(value)))
            body.append(f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
            bar = "oursbar" if mine else "bar"
            body.append(f'<line class="{bar}" x1="{begin:.1f}" x2="{end:.1f}" y1="{y}" y2="{y}"/>')
            body.append(f'<circle class="{"ours" if mine else "dot"}" cx="{x(value):.1f}" cy="{y}" r="5"/>')
            body.append(f'<text x="{_WIDTH - 12}" y="{y + 4}" text-anchor="end">{shown}</text>')
        y += 14
    bottom = y + 4
    grid = []
    for power in range(low, high + 1):
        at = x(10.0**power)
        kind = "one" if power == 0 else "grid"
        grid.append(f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="22" y2="{bottom}"/>')
        label = f"{10.0**power:g}"
        grid.append(f'<text class="small" x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{label}</text>')
    caption = "CPU time, ast-grep = 1 (each step is ten times the last; less is better)"
    grid.append(f'<text class="small" x="{_LEFT}" y="{bottom + 34}">{caption}</text>')
    height = bottom + 46
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{caption}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *grid, *body, "</svg>", ""])
