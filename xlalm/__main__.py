"""``xlalm`` and ``python -m xlalm`` are the command line; whoever asks for the version waits for nothing else."""

import sys

from xlalm.domain.version import __version__


def main() -> None:
    """Say the version, or run the command line."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"xlalm {__version__}\n")
        return
    from xlalm.cli import main as run

    run()


if __name__ == "__main__":
    main()
