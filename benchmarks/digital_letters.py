"""`python -m benchmarks.digital_letters`: seconds a letter in a batch of PDFs with text."""

from __future__ import annotations

import argparse

from benchmarks.common import check, process, publish, verdict, workplace, write_letters

TARGET = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.digital_letters", description=__doc__
    )
    parser.add_argument("--letters", type=int, default=50)
    count = parser.parse_args().letters
    with workplace() as work:
        write_letters(work / "one", 1, seed=51)
        write_letters(work / "many", count, seed=52)
        # the first run also fills the machine's file cache; it is not counted
        check(process(work / "one", work))
        one = check(process(work / "one", work)).seconds
        many = check(process(work / "many", work)).seconds
    each = (many - one) / (count - 1)
    publish(
        "digital_letters",
        "Digital letters",
        [
            f"A batch of {count} PDFs with text, from bytes to stored case and packet.",
            "",
            "| | seconds |",
            "| --- | ---: |",
            f"| run on {count} letters, from call to exit | {many:.1f} |",
            f"| run on one letter | {one:.1f} |",
            f"| a letter, start-up excluded | {each:.2f} |",
            f"| start-up | {max(one - each, 0):.1f} |",
            "",
            f"Target {TARGET} s a letter: {verdict(each, TARGET)}.",
        ],
    )


if __name__ == "__main__":
    main()
