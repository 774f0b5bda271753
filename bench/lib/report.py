"""docs/benchmarks.md and its plots from results files: python3 bench/lib/report.py RESULTS.json [EARLIER.json…]

What the first lacks comes from the earlier ones, and is marked.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib import plots, published  # noqa: E402

LIMITS = ("local", "raw", "tmpfs", "leat:empty")
GROUPS = ("A volume", "The fast path", "Data sets")
SYSTEMS = {
    "local": "a directory on the same disk",
    "tmpfs": "a directory in memory",
    "raw": "a client that sends signed requests over sockets and does nothing else",
    "leat": "a volume on SQLite at defaults (reads of large files: mounted read only), or a sealed version by FUSE with opens that the kernel does by itself",
    "leat:passthrough-off": "the same without passthrough",
    "leat:passthrough-on": "a volume with passthrough also where it can be written (`--passthrough on`)",
    "leat:writable": "a volume that can be written, at defaults",
    "leat:memory": "the cache in memory (`--tier MEM`)",
    "leat:erofs": "a sealed version by EROFS (`--serve erofs`)",
    "leat:real-opens": "the same data mounted in place: each open is asked of the daemon",
    "leat:in-place": "the bucket mounted in place, names an hour old",
    "leat:staged": "`--close staged`",
    "leat:flush": "`--close flush`",
    "leat:empty": "the same before the cache is full",
    "juicefs": "JuiceFS with 1 MiB requests and lifetimes of 600 s; SQLite unless Redis is named",
    "juicefs:writeback": "the same, writing behind (not synced)",
    "s3fs": "s3fs with kernel_cache, 8 requests of 16 MiB at a time, names kept an hour",
    "rclone": "rclone mount with whole files cached, names kept an hour, requests of 16 MiB",
    "mount-s3": "mountpoint-s3 with a cache and names kept for good",
    "juicefs:default": "as it comes, without tuning", "s3fs:default": "as it comes, without tuning",
    "rclone:default": "as it comes, without tuning",
}


def figure(value):
    if value is None:
        return "–"
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def cell(system):
    if "curve" in system:
        return " → ".join(figure(each) for each in system["curve"])
    if system["min"] == system["max"]:
        return figure(system["median"])
    return f"{figure(system['median'])} ({figure(system['min'])} – {figure(system['max'])})"


def line(row):
    shown = ", ".join(f"{name} {cell(s) if 'curve' in s else figure(s['median'])}" for name, s in row["systems"].items())
    goals = "; ".join(f"{goal['goal']}: {goal['reached']} {goal['verdict']}" for goal in row["goals"])
    troubles = "; ".join(f"{name} {t['kind']}: {t['why'][:160]}" for name, t in row["troubles"].items())
    return f"{row['name']}: {shown or 'nothing'} {row['unit']}" + "".join(f"\n    {each}" for each in (goals, troubles) if each)


def limit_of(row):
    return next((name for name in LIMITS if name in row["systems"]), None)


def ratio(row, name):
    """Leat's figure beside another's; more than one is always better."""
    if not name or "median" not in row["systems"].get(name, {}) or not row["systems"][name]["median"]:
        return "–"
    ours = next((n for n in ("leat", "leat:flush", "leat:in-place") if "median" in row["systems"].get(n, {})), None)
    if not ours or not row["systems"][ours]["median"]:
        return "–"
    value = row["systems"][ours]["median"] / row["systems"][name]["median"]
    return f"{value if row['higherIsBetter'] else 1 / value:.2f} ×"


def summary_table(rows):
    lines = ["| what | state | unit | Leat | limit | to limit | best peer | to best peer | goal | reached | |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        limit, peer = limit_of(row), row.get("bestPeer")
        ours = row["systems"].get("leat")
        first = [row["title"], row["state"], row["unit"], cell(ours) if ours else "–",
                 f"{figure(row['systems'][limit].get('median'))} {limit}" if limit else "–", ratio(row, limit),
                 f"{figure(row['systems'][peer]['median'])} {peer}" if peer else "–", ratio(row, peer)]
        for goal in row["goals"] or [{"goal": "–", "reached": "–", "verdict": row["verdict"]}]:
            lines.append("| " + " | ".join([*first, goal["goal"], goal["reached"], goal["verdict"]]) + " |")
            first = [""] * len(first)
    return lines


def detail_table(rows):
    lines = ["| what | system | figure | processor of its daemons, s | peak memory, MiB | published, other hardware |", "|---|---|---|---|---|---|"]
    for row in rows:
        title, others = f"{row['title']} ({row['unit']})", "; ".join(published.texts(row.get("published", ())))
        for name, s in row["systems"].items():
            memory = f"{s['memoryBytes'] / 2**20:.0f}" if s.get("memoryBytes") else "–"
            lines.append(f"| {title} | {name} | {cell(s)} | {s.get('cpuSeconds', '–')} | {memory} | {others} |")
            title = others = ""
        for name, trouble in row["troubles"].items():
            why = trouble["why"].replace("\n", " ").replace("|", "\\|")[:200]
            lines.append(f"| {title} | {name} | {trouble['kind']}: {why} | – | – | {others} |")
            title = others = ""
    return lines


def page(result, plots_folder):
    facts, versions = result["machine"], result["versions"]
    goals = [goal["verdict"] for row in result["rows"] for goal in row["goals"]]
    kind = {"quick": ", **quick sizes, smaller than the titles say**", "tiny": ", **tiny sizes: these figures mean nothing**"}.get(result["sizes"], "")
    lines = [
        "# Benchmarks", "",
        f"Made by `{' '.join(['bench/run', *result['words']])}`; do not edit. Medians of interleaved rounds, with the least and the greatest",
        "value. Read the ratios: figures belong to one machine and one day. *To limit* and *to best peer* are Leat's figure beside that one; more than 1 is",
        "better, whatever the unit. The goals stay as they were set before anything was measured; what falls short is looked into in",
        "[ADR 0013](adr/0013-goals-missed.md).", "",
        *([f"**Not whole**; not run: {', '.join(result['left'])}.", ""] if result.get("left") else []),
        *([f"Rows with a date are of earlier runs: {', '.join(result['earlier'])}.", ""] if result.get("earlier") else []),
        f"{result['date']}, up to {result['rounds']} rounds{kind}: {goals.count('pass')} of {len(goals)} goals are reached.", "",
        f"Machine: {facts['cpu']}, {facts['cores']} cores, {facts['memoryBytes'] / 2**30:.1f} GiB, Linux {facts['kernel']}, {facts['fileSystem']}, load average "
        f"{facts['loadAverage']:.1f} before and {facts['loadAverageAfter']:.1f} after. Load, systems and store share it.", "",
        "Versions: " + ", ".join(f"{name} {words}" for name, words in versions.items() if words) + ".",
    ]
    for number, group in enumerate(GROUPS):
        rows = [row for row in result["rows"] if row["group"] == group]
        if rows:
            lines += ["", f"## {group}", "", f"![Bars of each system]({plots_folder}/{number + 1}.svg)", "", *summary_table(rows)]
            lines += [line for row in rows if curves(row) for line in ("", f"![{row['title']}]({plots_folder}/{row['name']}.svg)")]
            lines += ["", f"### Every system: {group.lower()}", "", *detail_table(rows)]
    shown = {name for row in result["rows"] for name in (*row["systems"], *row["troubles"])}
    lines += ["", "## Systems and states", "", *[f"- *{name}*: {words}." for name, words in SYSTEMS.items() if name in shown], "",
              "*cold* = the client's cache wiped, the page cache dropped, mounted anew. *client-warm* = the client's cache full, the page cache dropped, mounted anew;",
              "*memory* = the client's cache is in the page cache, the mount's own pages are not. *page-cache-warm* = read once before. All daemons run at the same nice level.",
              "The store with a latency is a server in memory on the same machine, the other one is MinIO. Rows of names and of creates do their work on other files first:",
              "a daemon lives for days, its first seconds are another matter. The bytes of every row are compared with what was written.", ""]
    return "\n".join(lines)


def curves(row):
    return any("curve" in s for s in row["systems"].values())


def write(result, docs):
    """The page of a whole run, or beside it that of a quick one."""
    name = "benchmarks" if result["sizes"] == "full" else "benchmarks-" + result["sizes"]
    folder = os.path.join(docs, name)
    os.makedirs(folder, exist_ok=True)
    files = {os.path.join(docs, name + ".md"): page(result, name)}
    for number, group in enumerate(GROUPS):
        rows = [row for row in result["rows"] if row["group"] == group]
        if rows:
            files[os.path.join(folder, f"{number + 1}.svg")] = plots.bars(group, rows)
    for row in result["rows"]:
        if curves(row):
            files[os.path.join(folder, row["name"] + ".svg")] = plots.curve(row)
    for path, words in files.items():
        with open(path, "w") as f:
            f.write(words)
    return list(files)


def joined(paths):
    """The first results, with the rows that only later ones have."""
    documents = []
    for path in paths:
        with open(path) as source:
            documents.append(json.load(source))
    first = documents[0]
    first["earlier"] = []
    for other in documents[1:]:
        have = {row["name"] for row in first["rows"]}
        rows = [row for row in other["rows"] if row["name"] not in have]
        commit = str(other["versions"]["commit"])[:12]
        first["rows"] += [row | {"title": f"{row['title']} ({other['date']}, {commit})"} for row in rows]
        first["earlier"].append(f"`{' '.join(['bench/run', *other['words']])}`, {other['date']}, commit {commit}")
        first.setdefault("left", other.get("left", []))
    have = {row["name"] for row in first["rows"]}
    first["left"] = [name for name in first.get("left", []) if name not in have]
    return first


if __name__ == "__main__":
    for each in write(joined(sys.argv[1:]), os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")):
        print(each)
