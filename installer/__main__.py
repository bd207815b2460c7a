"""Entry of ``python3 installer <verb>``. Plain syntax: an old Python must get as far as the message below."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "xlalm needs Python 3.11 or newer; this is Python %d.%d (%s).\n"  # noqa: UP031
        "  cure: install Python 3.11+ (python.org, your software centre, or 'apt-get install python3.11 "
        "python3.11-venv') and run 'python3.11 installer <verb>', on Windows 'py -3.11 installer <verb>'."
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    # `python3 installer` puts installer/ itself first on the path; its parent is what makes it a package.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    from installer.verbs import main

    sys.exit(main(sys.argv[1:]))
