"""Prints precision and recall of each rule, and every case that came out otherwise than labelled."""

from tests.checks_labelled.measure import Tally, measure

THIN = 3


def _line(name: str, tally: Tally) -> str:
    shares = (f"{share:6.1%}" if share is not None else "     -" for share in (tally.precision, tally.recall))
    thin = "  thin" if tally.positives < THIN else ""
    return (
        f"{name:6} {tally.positives:9} {tally.hits:6} {tally.missed:6} {tally.false:6}   " + "    ".join(shares) + thin
    )


def main() -> None:
    """Print the table."""
    found = measure()
    print(f"{found.rows} rows, {found.forms} forms")  # noqa: T201
    print("rule   positives   hits missed  false   precision recall")  # noqa: T201
    for rule in sorted(found.rules, key=lambda one: int(one[1:])):
        print(_line(rule, found.rules[rule]))  # noqa: T201
    print(_line("all", found.whole))  # noqa: T201
    print(_line("fresh", measure("fresh.txt").whole))  # noqa: T201
    for line in found.wrong:
        print(f"  {line}")  # noqa: T201


if __name__ == "__main__":
    main()
