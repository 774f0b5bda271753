"""docs/benchmarks.md from a results file: python3 bench/lib/report.py RESULTS.json > docs/benchmarks.md"""
import json
import sys


def figure(value):
    if value is None:
        return "–"
    if value >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def cell(system):
    if system["min"] == system["max"]:
        return figure(system["median"])
    return f"{figure(system['median'])} ({figure(system['min'])} – {figure(system['max'])})"


def page(document):
    machine, versions = document["machine"], document["versions"]
    lines = [
        "# Benchmarks",
        "",
        "Made by `bench/run`; do not edit. Medians of interleaved rounds, with the least and the greatest value. Read the ratios: figures belong to",
        "one machine and one day.",
        "",
        f"{document['date']}, up to {document['rounds']} rounds"
        + (", **quick sizes: these figures mean nothing**" if document["quick"] else "") + ".",
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memoryBytes'] / 2**30:.1f} GiB, Linux "
        f"{machine['kernel']}, {machine['fileSystem']}, load average {machine['loadAverage']:.1f} before and "
        f"{machine['loadAverageAfter']:.1f} after.",
        "Versions: " + ", ".join(f"{name} {text}" for name, text in versions.items() if text) + ".",
        "",
        "| what | state | unit | Leat | beside | goal | reached | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in document["rows"]:
        if "systems" not in row:
            lines.append(f"| {row['title']} | {row['state']} | {row['unit']} | – | – | {row['goal']} | – | "
                         f"{row['verdict']}: {row['why']} |")
            continue
        others = "; ".join(f"{name} {cell(s)}" for name, s in row["systems"].items() if name != "leat") or "–"
        lines.append(f"| {row['title']} | {row['state']} | {row['unit']} | {cell(row['systems']['leat'])} | {others} | "
                     f"{row['goal']} | {row['reached']} | {row['verdict']} |")
    lines += [
        "",
        "States: *cold* = the client's cache wiped, the page cache dropped, mounted anew; *client-warm* = the client's cache full, the page cache",
        "dropped, mounted anew; *page-cache-warm* = read once before. The rows of names through FUSE do each operation on 8,000 files after the same",
        "daemon has done it on 8,000 others. *raw* is a client that sends signed GETs over sockets and does nothing else;",
        "What falls short is looked into in [ADR 0013](adr/0013-goals-missed.md). *local* is a directory on the same disk. JuiceFS runs with 1 MiB requests and lifetimes of 600 s; all daemons at the same nice level.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    with open(sys.argv[1]) as source:
        sys.stdout.write(page(json.load(source)))
