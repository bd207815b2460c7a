"""Mutation run: ``python -m tests.mutation [--sample N] [--seed S] [--processes 1|2] [FILES…]``; see --help."""

import argparse
import csv
import itertools
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.packages import PACKAGES, tests_of
from tests.mutation.trial import PASSED, ROOT, Verdict, copied_tree, run_tests, try_mutant

EQUIVALENTS = Path(__file__).with_name("equivalents.csv")


def package_of(path: str) -> str:
    """Return the package a file is scored under, blank outside all."""
    return next((name for name, parts in PACKAGES.items() if path.startswith(parts)), "")


def files(named: Sequence[str]) -> Iterator[str]:
    """Yield the files to break, by default all of PACKAGES, as paths below the root."""
    for part in named or [part for parts in PACKAGES.values() for part in parts]:
        place = ROOT / part
        for found in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            yield found.relative_to(ROOT).as_posix()


def equivalents() -> set[tuple[str, ...]]:
    """Return the faults that change nothing a user could see, by file name, source line and change."""
    with EQUIVALENTS.open(encoding="utf-8", newline="") as stream:
        return {(row["file"], row["text"], row["before"], row["after"]) for row in csv.DictReader(stream)}


def chosen(named: Sequence[str], sample: int, seed: int) -> list[Mutant]:
    """Return a sample with the same number from every package, the same for the same seed; 0 is every fault."""
    known = equivalents()
    by_package: dict[str, list[Mutant]] = {}
    for path in files(named):
        for mutant in mutants(path, (ROOT / path).read_bytes()):
            if (Path(path).name, mutant.text, mutant.before, mutant.after) not in known:
                by_package.setdefault(package_of(path), []).append(mutant)
    if not sample:
        return [mutant for group in by_package.values() for mutant in group]
    picked: list[Mutant] = []
    for place, name in enumerate(sorted(by_package)):
        share = sample // len(by_package) + (place < sample % len(by_package))
        group = by_package[name]
        random.Random(f"{seed} {name}").shuffle(group)
        faults = (mutant for mutant in group if mutant.is_fault((ROOT / mutant.path).read_bytes()))
        picked += itertools.islice(faults, share)
    random.Random(seed).shuffle(picked)  # a run that is ended early has tried some of each
    return picked


def run(picked: list[Mutant], processes: int, *, trusted: bool = False) -> list[Verdict]:
    """Try every fault; first of all the tests must pass without one, unless ``trusted``."""
    lock, verdicts = Lock(), []
    waiting: SimpleQueue[Mutant | None] = SimpleQueue()
    for mutant in picked:
        waiting.put(mutant)
    for _ in range(processes):
        waiting.put(None)

    def work() -> None:
        with copied_tree() as tree:
            while (mutant := waiting.get()) is not None:
                verdict = try_mutant(tree, mutant)
                with lock:
                    verdicts.append(verdict)
                    word = "SURVIVED" if verdict.survived else "noticed "
                    say(f"{len(verdicts):4}/{len(picked)} {word} {verdict.seconds:5.0f} s {mutant}  {verdict.by}")

    if not trusted:
        needed = sorted({test for mutant in picked for test in tests_of(mutant.path)})
        with copied_tree() as tree:
            code, output = run_tests(tree, needed, timeout=3600.0)
        if code != PASSED:
            sys.exit(f"{output[-3000:]}\nthe tests do not pass without any fault")
    with ThreadPoolExecutor(processes) as pool:
        for future in [pool.submit(work) for _ in range(processes)]:
            future.result()
    return verdicts


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def report(verdicts: list[Verdict]) -> None:
    """Print the score of every package and the survivors."""
    say("\n| package | faults | noticed | score |\n| --- | --- | --- | --- |")
    names = sorted({package_of(v.mutant.path) for v in verdicts})
    for name in [*names, "all"]:
        group = [v for v in verdicts if name in {"all", package_of(v.mutant.path)}]
        noticed = sum(not v.survived for v in group)
        say(f"| {name or 'other'} | {len(group)} | {noticed} | {noticed / max(len(group), 1):.0%} |")
    say("\nSurvivors:")
    for verdict in sorted(verdicts, key=lambda v: (v.mutant.path, v.mutant.line)):
        if verdict.survived:
            say(f"  {verdict.mutant}\n      {verdict.mutant.text}")


def main() -> int:
    """Run; 1 where a fault survived."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("files", nargs="*", help="files or folders; default: all packages")
    parser.add_argument("--sample", type=int, default=60, help="number of faults, 0 for all (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
    parser.add_argument("--list", action="store_true", help="only print the faults")
    parser.add_argument("--trusted", action="store_true", help="do not run the tests without any fault first")
    given = parser.parse_args()
    picked = chosen(given.files, given.sample, given.seed)
    if given.list:
        say("\n".join(str(mutant) for mutant in picked))
        return 0
    verdicts = run(picked, given.processes, trusted=given.trusted)
    report(verdicts)
    return int(any(v.survived for v in verdicts))


if __name__ == "__main__":
    sys.exit(main())
