"""Writes texts and the vectors that all-MiniLM-L6-v2 itself has for them: `parity.py WORK_FOLDER FILE`."""

import sys
from pathlib import Path

from teacher import Teacher

TEXTS = [
    "This is an example sentence",
    "Each sentence is converted",
    "How do I reset my password?",
    "The brakes of the Kestrel Tour are hydraulic and adjust themselves. Change the pads when less than one "
    "millimetre of lining is left. Never squeeze the lever while the wheel is out.",
    "Quel est le délai de préavis pendant la période d'essai ?",
    "年假最多可以顺延到什么时候？",
    "敷金は退去後に返される。日焼けした畳は貸主の負担である。",
]


def main(work, path):
    Path(work).mkdir(parents=True, exist_ok=True)
    rows = zip(TEXTS, Teacher(work).embed(TEXTS))
    lines = (text + "\t" + " ".join(f"{cell:.5f}" for cell in cells) for text, cells in rows)
    Path(path).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
