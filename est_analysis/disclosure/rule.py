"""The municipality's rule for what may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from est_analysis.errors import SettingsError


@dataclass(frozen=True)
class DisclosureRule:
    """What a page for `audience` may show; the municipality decides it in ``disclosure.yaml``.

    Attributes
    ----------
    audience
        ``internal`` (nothing is hidden) or ``public``.
    minimum
        The smallest count that is shown: with 5, counts of 1–4 are hidden.
    hide_zeros
        Whether zeros are hidden too.
    method
        ``suppress`` hides small counts; ``round`` shows every count to the nearest `round_to`.
    """

    audience: str
    minimum: int = 5
    hide_zeros: bool = False
    method: str = "suppress"
    round_to: int = 5

    def __post_init__(self) -> None:
        checks = (
            ("audience", self.audience, ("internal", "public")),
            ("method", self.method, ("suppress", "round")),
        )
        for name, value, legal in checks:
            if value not in legal:
                raise _rule_fault(name, " or ".join(legal), value)
        for name, number in (("minimum", self.minimum), ("round_to", self.round_to)):
            if number < 1:
                raise _rule_fault(name, "a whole number from 1", str(number))


def _rule_fault(name: str, expected: str, found: str) -> SettingsError:
    return SettingsError(
        "the disclosure rule cannot be used",
        expected=f"{name}: {expected}",
        found=f"{name}: {found}",
        change="params/<municipality>/disclosure.yaml, or the notebook's audience",
        otherwise="nothing is released",
    )
