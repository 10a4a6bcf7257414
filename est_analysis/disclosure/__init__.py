"""The gate: no count reaches a page except through `release`, and the rule exists only here.

A public page starts from `shown_dataset`, which is made of what the plan shows.

What each column is, is declared in `roles`. A number without a role cannot be released: whoever
adds a column decides there what it may tell.
"""

from est_analysis.disclosure.decimals import decimals_of, telling
from est_analysis.disclosure.editions import edition_facts, follow
from est_analysis.disclosure.gate import SafeTable, release
from est_analysis.disclosure.plan import Plan, plan_of, tertials_of, tertials_touched
from est_analysis.disclosure.protect import Decision
from est_analysis.disclosure.roles import COUNTS, DERIVED, PLAIN, is_count, tells_reporting
from est_analysis.disclosure.rule import DisclosureRule
from est_analysis.disclosure.series import in_steps
from est_analysis.disclosure.shown import shown_dataset

__all__ = [
    "COUNTS",
    "DERIVED",
    "PLAIN",
    "Decision",
    "DisclosureRule",
    "Plan",
    "SafeTable",
    "decimals_of",
    "edition_facts",
    "follow",
    "in_steps",
    "is_count",
    "plan_of",
    "release",
    "shown_dataset",
    "telling",
    "tells_reporting",
    "tertials_of",
    "tertials_touched",
]
