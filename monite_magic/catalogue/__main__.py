"""`python -m monite_magic.catalogue distil OPENAPI.json -o FILE`: convert an OpenAPI document."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from monite_magic import catalogue
from monite_magic.catalogue import data_file
from monite_magic.catalogue.distil import distil
from monite_magic.catalogue.model import CatalogueError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The arguments without the program's name. By default, those of the process.

    Returns:
        The exit status: 0, or 1 if the document can't be read.
    """
    parser = argparse.ArgumentParser(prog="python -m monite_magic.catalogue", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("distil", help="make a data file from an OpenAPI 3 document")
    command.add_argument("document", type=Path, metavar="OPENAPI.json")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    command.add_argument(
        "--base",
        metavar="VERSION",
        choices=catalogue.versions(),
        help="store only the differences from this packaged version, the next newer one",
    )
    options = parser.parse_args(arguments)
    try:
        facts = distil(json.loads(options.document.read_bytes()))
        base = catalogue.packed(options.base) if options.base else None
    except (CatalogueError, ValueError, OSError) as error:
        print(f"{options.document}: {error}", file=sys.stderr)
        return 1
    content = data_file.write(facts, base)
    options.output.write_bytes(content)
    print(
        f"{options.output}: version {facts['version']}, {len(facts['operations'])} operations, "
        f"{len(facts['schemas'])} schemas, {len(content):,} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
