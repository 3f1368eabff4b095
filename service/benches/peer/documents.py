"""The texts: one chunk each, all different, with names that some of them share."""

HEADS = ("Ald Brom Cam Dept Eal Ful Green Hack Is Kenn Lamb May North Oster Peck Rich South Toot Ux "
         "Vaux").split()
TAILS = ("ford gate ham ton wick mead bourne ley field bridge stead worth combe ditch well hurst cot "
         "minster pool thorpe").split()


def place(number):
    """One of 400 names."""
    return HEADS[number % 20] + TAILS[number // 20 % 20]


def text(number):
    """About 390 tokens; `number` up to 100,000 gives another text each."""
    name, other = place(number), place(number * 7 + 3)
    lines = [f"Report {number} describes {name} station, opened in {1860 + number % 150}."]
    for line in range(12):
        lines.append(f"Line {line} runs from {name} to {other} and carries {1000 + number * 13 + line * 37} "
                     f"passengers a day; its engine shed holds {line + 3} engines and a small library.")
    return " ".join(lines)


def ingestion(count):
    """The body of `POST /documents/texts` for so many documents."""
    return {"texts": [text(number) for number in range(count)],
            "file_sources": [f"report{number}.md" for number in range(count)]}
