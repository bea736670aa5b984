"""The verifier as one file of Python: the very modules that judge a bundle here, carried along as texts.

It needs Python 3.11 or newer and nothing beside, so an auditor can read it, keep it and run it on a machine without network:
`python3 -I verify.py FILE`.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from workflows.catalogue import languages, texts

# In the order in which they import each other.
MODULES: Final = (
    *("canonical", "chain", "attached", "attested", "ed25519", "merkle", "heads", "withheld"),
    *("bundle_fault", "bundle_replay", "bundle_proof", "bundle", "verifier"),
)
_SECTION: Final = "bundle."
_START: Final = '''#!/usr/bin/env python3
"""Jixiao: checks an evidence bundle or an exported head offline. Standard library only; Python 3.11 or newer.

    python3 -I verify.py FILE [--key PUBLIC.pem] [--json] [--lang zh|en]

Exit codes: 0 it holds, 1 it does not, 2 the file is unreadable. The texts below are modules of Jixiao as they are.
Licensed under the Apache License, Version 2.0.
"""

import sys
import types

'''
_END: Final = """

def load():
    package = types.ModuleType("workflows")
    package.__path__ = []
    sys.modules["workflows"] = package
    for name, source in MODULES.items():
        module = types.ModuleType(f"workflows.{name}")
        sys.modules[module.__name__] = module
        exec(compile(source, f"workflows/{name}.py", "exec"), module.__dict__)
        setattr(package, name, module)
    return package


if __name__ == "__main__":
    sys.exit(load().verifier.main(WORDS, sys.argv[1:]))
"""


def standalone_verifier() -> str:
    """The text of the file; the same version of Jixiao makes the same one."""
    folder = files("workflows")
    sources = {name: folder.joinpath(f"{name}.py").read_text(encoding="utf-8") for name in MODULES}
    words = {
        lang: {key.removeprefix(_SECTION): text for key, text in texts(lang).items() if key.startswith(_SECTION)}
        for lang in languages
    }
    carried = "".join(f"    {name!r}: {_quoted(source)},\n" for name, source in sources.items())
    return f"{_START}WORDS = {words!r}\n\nMODULES = {{\n{carried}}}\n{_END}"


def _quoted(source: str) -> str:
    """A module as a text that people can read, line by line."""
    escaped = source.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''\\\n{escaped}'''"
