"""From figures to Markdown."""
import machine

OURS, GRAPH, PEER = "rag-service", "rag-service, graph", "LightRAG"


def render(report):
    """The section of a run."""
    lines = [heading(report), ""]
    lines += table(["", OURS, report["peer"], "ratio"], main_rows(report))
    if aims := aims_of(report):
        lines += ["", aims]
    lines += ["", "Where the processor was during the loads, in cores:", ""]
    lines += table(["", "server", "provider", "load", "others", "connections to the provider"], core_rows(report))
    lines += ["", "Documents:", ""]
    lines += table(["", "accepted", "all processed", "processor", "calls", "memory, at most"], ingest_rows(report))
    if report["failures"]:
        lines += ["", "A naive query while the provider fails:", ""]
        lines += table(["the provider", OURS, report["peer"]], failure_rows(report))
    return "\n".join(lines)


def heading(report):
    return (f"{report['date']}, {report['cores']} cores ({report['processor']}), the provider answers in 0 ms. "
            f"Rows with an asterisk were not quiet: other processes kept more than {machine.QUIET_CORES} cores busy.")


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |",
            *("| " + " | ".join(row) + " |" for row in rows)]


def ms(figure):
    if figure is None:                                       # there was no answer in time
        return "—"
    if figure >= 1000:
        return f"{figure / 1000:.2f} s"
    return f"{figure:.0f} ms" if figure >= 100 else f"{figure:.1f} ms" if figure >= 1 else f"{figure:.2f} ms"


def mib(figure):
    return f"{figure:.0f} MiB" if figure >= 100 else f"{figure:.1f} MiB"


def rate(figure):
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.1f}"


def times(figure):
    return f"{figure:.0f}×" if figure >= 10 else f"{figure:.1f}×"


def clients(row):
    return "1 client" if row["clients"] == 1 else f"{row['clients']} clients"


def mark(name, *rows):
    """The name, with an asterisk when one of the rows was not quiet."""
    return name + (" *" if any(row["others"] >= machine.QUIET_CORES for row in rows) else "")


def ratio(more, less):
    return times(more / less) if more and less else "—"


def less(name, ours, theirs, figure, show):
    """A row of something of which less is better."""
    return [mark(name, ours, theirs), show(ours[figure]), show(theirs[figure]), ratio(theirs[figure], ours[figure])]


def main_rows(report):
    ours, theirs = report["start"][OURS], report["start"][PEER]
    runs = report["starts"]

    def span(row):
        return f"{ms(row['ready_ms'])} ({ms(row['ready_low_ms'])} to {ms(row['ready_high_ms'])})"

    yield [mark(f"start to the first 200 of `/health`, 20 documents, median of {runs}", ours, theirs),
           span(ours), span(theirs), times(theirs["ready_ms"] / ours["ready_ms"])]
    yield less("processor time until then", ours, theirs, "ready_cpu_ms", ms)
    yield less("first naive query", ours, theirs, "first_ms", ms)
    yield less("second naive query, other text", ours, theirs, "second_ms", ms)
    yield less(f"resident, idle {report['idle_s']:g} s after the start", ours, theirs, "idle_mib", mib)
    yield less("resident after two queries", ours, theirs, "after_mib", mib)
    if report["limited"]:
        ours, theirs = report["limited"][OURS], report["limited"][PEER]
        cpus = f"{report['cpus']:g} of a core"
        name = f"{cpus}: start to the first 200, median of {report['limited_starts']}"
        yield less(name, ours, theirs, "ready_ms", ms)
        yield less(f"{cpus}: first naive query", ours, theirs, "first_ms", ms)
        yield less(f"{cpus}: second naive query", ours, theirs, "second_ms", ms)
    for ours, theirs in pairs(report):
        name = f"{clients(ours)}, {report['seconds']:g} s"
        yield [mark(f"{name}: naive queries/s", ours, theirs), rate(ours["per_s"]), rate(theirs["per_s"]),
               ratio(ours["per_s"], theirs["per_s"])]
        yield less(f"{name}: p50", ours, theirs, "p50_ms", ms)
        yield less(f"{name}: p99", ours, theirs, "p99_ms", ms)
        yield less(f"{name}: the server's processor time a query", ours, theirs, "cpu_ms", ms)
    failed = [str(sum(row["errors"] for row in report["throughput"][name])) for name in (OURS, PEER)]
    yield ["queries that were not answered", *failed, ""]
    last = list(pairs(report))[-1]
    yield less("resident after these loads", *last, "rss_mib", mib)
    yield less("resident, at most, under them", *last, "peak_mib", mib)


def pairs(report):
    return zip(report["throughput"][OURS], report["throughput"][PEER])


def aims_of(report):
    """What is aimed at, and what this run has reached."""
    start = report["start"][PEER]["ready_ms"] / report["start"][OURS]["ready_ms"]
    idle = report["start"][PEER]["idle_mib"] / report["start"][OURS]["idle_mib"]
    ours, theirs = list(pairs(report))[-1]
    loaded = theirs["rss_mib"] / ours["rss_mib"]
    many = max(row["per_s"] for row in report["throughput"][OURS]) / max(
        row["per_s"] for row in report["throughput"][PEER])
    aims = [("start", start, 40), ("memory idle", idle, 8), ("memory under load", loaded, 8),
            ("queries/s, the best of each", many, 100)]
    if ours["clients"] == 64:
        aims.append(("p99 at 64 clients", (theirs["p99_ms"] or 0) / ours["p99_ms"], 50))
    told = (f"{name} {times(ratio)} ({'aim' if ratio >= aim else 'missed, aim'} {aim}×)" for name, ratio, aim in aims)
    return "Reached: " + "; ".join(told) + "."


def core_rows(report):
    for name in (OURS, PEER):
        for row in report["throughput"][name]:
            yield [mark(f"{name}, {clients(row)}", row),
                   *(f"{row[it]:.2f}" for it in ("server_cores", "provider_cores", "load_cores", "others")),
                   str(row["connections"])]


def ingest_rows(report):
    for count, rows in report["ingest"].items():
        for name, row in rows.items():
            done = ms(row["processed_s"] * 1000)
            if row["processed"] < row["documents"]:
                done = f"{row['processed']} in {done}, {row['failed']} failed"
            yield [mark(f"{count} documents, {name}", row), ms(row["accepted_ms"]), done, f"{row['cpu_s']:.1f} s",
                   f"{row['chat']:.0f} chat, {row['embeddings']:.0f} embeddings", mib(row["peak_mib"])]


def failure_rows(report):
    for name, rows in report["failures"].items():
        yield [name, *(f"{rows[it]['status']} after {rows[it]['seconds']:.1f} s: {short(rows[it]['said'])}"
                       for it in (OURS, PEER))]


def short(said):
    said = " ".join(str(said).split()).replace("|", "\\|")
    return f"“{said}”" if len(said) <= 120 else f"“{said[:119]}…”"
