"""``xlalm`` and ``python -m xlalm`` are the command line; whoever asks for the version waits for nothing else."""

import sys

from xlalm.domain.version import __version__


def main() -> None:
    """Say the version, or run the command line; a Ctrl-C while that is loaded ends without a traceback too."""
    if sys.argv[1:] == ["--version"]:
        try:
            sys.stdout.write(f"xlalm {__version__}\n")
            sys.stdout.flush()
        except (AttributeError, OSError, ValueError):  # there is no output, or none that takes it
            pass
        else:
            return
    try:
        from xlalm.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)  # INTERRUPTED of xlalm.cli, which is not loaded yet
    run()


if __name__ == "__main__":
    main()
