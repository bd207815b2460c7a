"""``python -m xlalm`` is the command line."""

from xlalm.cli import main

if __name__ == "__main__":
    main()
