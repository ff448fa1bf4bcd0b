"""Makes what of this SDK is made and not written, from what the contract and the Rust SDK say.

    python3 generate.py [COMPONENTIZE_PY]

`mapistore/tags.py` comes from `../rust/src/tags.rs`, so that both languages have one table; `wit_world` and
`componentize_py_types.py` from `../../wit` and `../wit-http`, with `componentize-py`: they are for editors and for native tests, and a component
gets its own in their place. `tests/test_generated.py` compares what is there with what this makes.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TAGS = HERE / "mapistore" / "tags.py"
# What of the bindings the SDK uses: the rest serves asynchronous components.
BINDINGS = ("wit_world", "componentize_py_types.py")
# The module in which `componentize-py` looks for static functions would be called `objects`, as an author's may be; and two
# interfaces are called `types`.
NAMES = (
    "--export-interface-name=mapistore:backend/objects@0.1.0=mapistore_objects",
    "--import-interface-name=mapistore:backend/types@0.1.0=types",
    "--import-interface-name=wasi:http/types@0.2.0=http_types",
)
WORLD = "--world=mapistore:with-http/backend-with-http@0.1.0"

_HEAD = '''"""Property tags by their names in MS-OXPROPS, and property types by theirs in MS-OXCDATA 2.11.1.

A tag has the property's id in its high 16 bits and its type in the low ones. Made by `generate.py`; do not edit.
"""

from typing import Final


def property_id(tag: int) -> int:
    """The property's id."""
    return tag >> 16


def property_type(tag: int) -> int:
    """The property's type: one of `PTYP_...`."""
    return tag & 0xFFFF


def property_tag(id: int, type: int) -> int:
    """The tag of this id and type, as for a named property."""
    return id << 16 | type


def with_type(tag: int, type: int) -> int:
    """The same property, of another type."""
    return property_tag(property_id(tag), type)

'''


def tags() -> str:
    """The text of `mapistore/tags.py`."""
    rust = (HERE.parent / "rust" / "src" / "tags.rs").read_text(encoding="utf-8")
    types = dict(re.findall(r"^    (PTYP_\w+) = (0x[0-9A-F]{4});$", rust, re.M))
    named = re.findall(r'^    (P\w+) = (0x[0-9A-F]{4}), (PTYP_\w+), "(.*)";$', rust, re.M)
    if len(types) < 30 or len(named) < 100:
        raise SystemExit("`tags.rs` has another shape than this script knows")
    lines = [_HEAD]
    lines += [f"{name}: Final = {value}" for name, value in types.items()]
    for name, id, kind, doc in named:
        lines += ["", f"{name}: Final = {id}{types[kind][2:]}", f'"""{doc}"""']
    return "\n".join(lines) + "\n"


def bindings(into: pathlib.Path, tool: str = "componentize-py") -> None:
    """Writes the bindings of the contract, and of what `mapistore.http` imports."""
    paths = [f"--wit-path={HERE.parent.parent / 'wit'}", f"--wit-path={HERE.parent / 'wit-http'}"]
    command = [tool, "--quiet", *paths, WORLD, *NAMES, "bindings", str(into)]
    subprocess.run(command, check=True)


def main() -> None:
    TAGS.write_text(tags(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as made:
        bindings(pathlib.Path(made), *sys.argv[1:2])
        shutil.rmtree(HERE / BINDINGS[0], ignore_errors=True)
        for name in BINDINGS:
            shutil.move(pathlib.Path(made) / name, HERE / name)


if __name__ == "__main__":
    main()
