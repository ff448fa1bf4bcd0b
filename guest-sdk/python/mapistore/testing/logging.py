"""The host's log natively: standard error."""

import sys

from wit_world.imports.logging import Level as Level


def log(level: Level, context: str, message: str) -> None:
    print(f"{level.name} {context}: {message}", file=sys.stderr)
