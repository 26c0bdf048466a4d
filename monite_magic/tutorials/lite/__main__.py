"""`python -m monite_magic.tutorials.lite build DIR` and `… html DIR`: the tutorials as a static site."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from monite_magic.tutorials.lite import BuildError, check_target, find_notebooks


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments without the program's name. By default, those of the process.

    Returns:
        The exit status: 0, or 1 if nothing was built.
    """
    parser = argparse.ArgumentParser(
        prog="python -m monite_magic.tutorials.lite", description="Publish the tutorials on any static host."
    )
    commands = parser.add_subparsers(required=True, dest="command")
    for name, explanation in [
        ("build", "a JupyterLite site, which runs in the reader's browser"),
        ("html", "pages to read, with the saved outputs"),
    ]:
        command = commands.add_parser(name, help=explanation, description=f"Build {explanation}.")
        command.add_argument("target", type=Path, metavar="DIR", help="a new or empty folder to build in")
        command.add_argument(
            "--notebooks",
            type=Path,
            metavar="DIR",
            help="the folder with the notebooks; by default the repository's",
        )
    options = parser.parse_args(arguments)
    try:
        notebooks = find_notebooks(options.notebooks)
        check_target(options.target)
        if options.command == "html":
            from monite_magic.tutorials.lite.reading import build
        else:
            from monite_magic.tutorials.lite.site import build
        build(options.target, notebooks)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Built {len(notebooks)} notebooks in {options.target}. To view them on this machine, run:")
    print(f"python -m http.server --bind 127.0.0.1 --directory {options.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
