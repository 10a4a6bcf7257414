"""What a notebook of one's own shows beside the report's exhibits: never on a public page."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from est_analysis.errors import ReportError
from est_analysis.exhibits import has_passed
from est_analysis.language import Language
from est_analysis.report.parameters import UNTOUCHED


def refuse_other_audience(facts: dict[str, Any], audience: str) -> None:
    """The notebook must start the report for the readers that it was asked for."""
    if facts["audience"] != audience:
        raise ReportError(
            "the notebook made a report for other readers",
            expected=f'audience "{audience}", as it was asked for',
            found=f'audience "{facts["audience"]}"',
            change="the notebook: start(…, audience=audience)",
            otherwise=UNTOUCHED,
        )


def refuse_unchecked(notebook: Any, source: Path) -> None:
    """Stop a public page that has an output without the gate's mark for public readers.

    Raises
    ------
    ReportError
        It names the cell. A table, a print, a picture, a link: whatever it is, its rows have not
        been protected.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        for name in sorted(cell.get("attachments", {})):
            raise _refused(source, number, f"an attached file, {name[:60]}")
        for output in cell.get("outputs", []):
            if not _passed(output, "public"):
                raise _refused(source, number, f"an output of the kind {output.output_type}")


def label_unchecked(notebook: Any, language: Language) -> None:
    """Say of each output without the gate's mark on an internal page that nobody has checked it."""
    import nbformat

    text = html.escape(language.text("page.unchecked"))
    label = {"text/html": f'<p class="unchecked">{text}</p>', "text/plain": text}
    for cell in notebook.cells:
        if "outputs" not in cell:
            continue
        outputs = []
        for output in cell.outputs:
            if not _passed(output, "internal"):
                outputs.append(nbformat.v4.new_output("display_data", data=label))  # type: ignore[no-untyped-call]
            outputs.append(output)
        cell.outputs = outputs


def _passed(output: Any, audience: str) -> bool:
    kinds = ("display_data", "execute_result")
    return output.output_type in kinds and has_passed(dict(output.data), audience)


def _refused(source: Path, number: int, found: str) -> ReportError:
    return ReportError(
        f"cell {number} of {source.name} shows what has not passed the gate",
        expected="on a public page only what report.table, report.figure and the like give",
        found=found,
        change="show it with report.table(name, table), or take it out of the cell",
        otherwise=UNTOUCHED,
    )
