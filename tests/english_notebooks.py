"""The English notebooks have the Swedish ones' code: compare them, or copy the code over.

``python tests/english_notebooks.py`` (``make english``) copies every code cell from ``notebooks/``
to ``notebooks/en/`` and says which text cells are new or gone, and so must be written.
"""

from __future__ import annotations

import copy
import io
import json
import tokenize
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
KINDS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def differences(swedish: dict[str, Any], english: dict[str, Any]) -> list[str]:
    """What differs but may not: cells' order and kind, and all code but the parameters' comments."""
    ours, theirs = ({cell["id"]: cell for cell in book["cells"]} for book in (swedish, english))
    found = [f"cell {name}: not in notebooks/en" for name in ours if name not in theirs]
    found += [f"cell {name}: only in notebooks/en" for name in theirs if name not in ours]
    if not found and list(ours) != list(theirs):
        found.append("the cells stand in another order")
    for name in ours.keys() & theirs.keys():
        one, other = ours[name], theirs[name]
        if one["cell_type"] != other["cell_type"]:
            found.append(f"cell {name}: {one['cell_type']} here, {other['cell_type']} in English")
        elif one["cell_type"] == "code" and code_of(one) != code_of(other):
            found.append(f"cell {name}: other code in notebooks/en; run: make english")
    return sorted(found)


def code_of(cell: dict[str, Any]) -> str:
    """A cell's code; of the parameter cell without its comments and with language = "sv"."""
    source = "".join(cell["source"])
    if "parameters" not in cell["metadata"].get("tags", []):
        return source
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    words = [token.string for token in tokens if token.type != tokenize.COMMENT]
    return " ".join(word for word in words if word.strip()).replace('= "en"', '= "sv"')


def synchronised(swedish: dict[str, Any], english: dict[str, Any]) -> dict[str, Any]:
    """The English notebook with the Swedish one's cells and code, and its own text and comments."""
    known = {cell["id"]: cell for cell in english["cells"]}
    made = copy.deepcopy(swedish)
    for cell in made["cells"]:
        own = known.get(cell["id"])
        same = own is not None and own["cell_type"] == cell["cell_type"]
        if own is not None and same and (cell["cell_type"] == "markdown" or _parameters(cell)):
            cell["source"] = own["source"]
    return made


def _parameters(cell: dict[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def main() -> None:
    for kind in KINDS:
        path = NOTEBOOKS / "en" / f"{kind}.ipynb"
        swedish, english = read(NOTEBOOKS / f"{kind}.ipynb"), read(path)
        made = synchronised(swedish, english)
        text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        path.write_text(text, encoding="utf-8", newline="\n")
        known = {cell["id"] for cell in english["cells"]}
        for cell in made["cells"]:
            if cell["cell_type"] == "markdown" and cell["id"] not in known:
                print(f"{kind}: translate cell {cell['id']}")
        for line in differences(swedish, made):
            print(f"{kind}: {line}")


if __name__ == "__main__":
    main()
