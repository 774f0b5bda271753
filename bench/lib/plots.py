"""Plots as SVG: bars beside a limit, and curves over epochs. Nothing but text is needed to make them."""
import html

COLOURS = {"leat": "#0b6e99", "local": "#9a9a9a", "tmpfs": "#bdbdbd", "raw": "#9a9a9a", "juicefs": "#d9822b", "s3fs": "#8a6fb0",
           "rclone": "#5b9a5b", "mount-s3": "#b0506a"}
LEAT_VARIANTS = ("#5ba7c9", "#93c9df", "#bfe1ee", "#2f86ad")
WIDTH, LABEL, BAR, GAP = 900, 330, 14, 12


def colours(names):
    variants, found = iter(LEAT_VARIANTS * 3), {}
    for name in names:
        kind, _, variant = name.partition(":")
        found[name] = next(variants) if kind == "leat" and variant else COLOURS.get(kind, "#777777")
    return found


def text(x, y, words, anchor="start", size=12, colour="#222222", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}" font-weight="{weight}">'
            f"{html.escape(words)}</text>")


def document(height, parts, title):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" '
                      f'font-family="sans-serif" role="img"><title>{html.escape(title)}</title>',
                      f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>', *parts, "</svg>", ""])


def figure(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def bars(title, rows):
    """Of each row one bar for each system, the longest across the page; the line at each bar is what its rounds had."""
    parts, y = [text(20, 28, title, size=17, weight="bold")], 50
    for row in rows:
        systems = {name: s for name, s in row["systems"].items() if "median" in s}
        if not systems:
            continue
        shade, most = colours(systems), max(s["max"] for s in systems.values()) or 1
        better = "" if row["higherIsBetter"] else ", less is better"
        parts.append(text(20, y + 8, f"{row['title']} ({row['unit']}{better})", size=12, weight="bold"))
        y += 18
        scale = (WIDTH - LABEL - 110) / most
        for name, s in systems.items():
            width, middle = s["median"] * scale, y + BAR / 2
            parts.append(text(LABEL - 8, y + BAR - 3, name, "end", 11))
            parts.append(f'<rect x="{LABEL}" y="{y}" width="{max(width, 1):.1f}" height="{BAR}" fill="{shade[name]}"/>')
            parts.append(f'<path d="M{LABEL + s["min"] * scale:.1f} {middle:.1f}H{LABEL + s["max"] * scale:.1f}" stroke="#222222" stroke-width="1"/>')
            parts.append(text(LABEL + s["max"] * scale + 6, y + BAR - 3, figure(s["median"]), size=11, colour="#555555"))
            y += BAR + 3
        y += GAP
    return document(y + 10, parts, title)


def curve(row):
    """A figure for each epoch."""
    systems = {name: s["curve"] for name, s in row["systems"].items() if "curve" in s}
    shade, top, left, bottom, right = colours(systems), 60, 90, 340, WIDTH - 190
    most = max(max(each) for each in systems.values())
    epochs = max(len(each) for each in systems.values())
    parts = [text(20, 28, f"{row['title']} ({row['unit']})", size=15, weight="bold")]
    for tick in range(5):
        y = bottom - (bottom - top) * tick / 4
        parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(text(left - 8, y + 4, figure(most * tick / 4), "end", 11))

    def at(number, value):
        return left + (right - left) * number / max(1, epochs - 1), bottom - (bottom - top) * value / most
    for number in range(epochs):
        parts.append(text(at(number, 0)[0], bottom + 18, f"epoch {number + 1}", "middle", 11))
    lowest = bottom
    for name, values in sorted(systems.items(), key=lambda each: each[1][-1]):
        points = [at(number, value) for number, value in enumerate(values)]
        parts.append(f'<polyline fill="none" stroke="{shade[name]}" stroke-width="2.5" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{shade[name]}"/>' for x, y in points)
        lowest = min(points[-1][1], lowest - 15)
        parts.append(text(right + 10, lowest + 4, f"{name} {figure(values[0])} → {figure(values[-1])}", size=11, colour=shade[name]))
    return document(bottom + 40, parts, row["title"])
