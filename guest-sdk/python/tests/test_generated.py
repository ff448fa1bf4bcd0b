"""What is made and not written is as it would be made now."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402


class Generated(unittest.TestCase):
    maxDiff = 2_000

    def test_tags_are_those_of_the_rust_sdk(self):
        self.assertEqual(generate.TAGS.read_text(encoding="utf-8"), generate.tags())

    def test_bindings_are_those_of_the_contract(self):
        tool = os.environ.get("COMPONENTIZE_PY") or shutil.which("componentize-py")
        self.assertIsNotNone(tool, "`componentize-py` is missing: pip install componentize-py==0.25.1")
        with tempfile.TemporaryDirectory() as made:
            generate.bindings(pathlib.Path(made), str(tool))
            for name in generate.BINDINGS:
                self.assertEqual(_texts(HERE / name), _texts(pathlib.Path(made) / name))


def _texts(path: pathlib.Path) -> dict[str, str]:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return {str(file.relative_to(path)): file.read_text(encoding="utf-8") for file in files}
