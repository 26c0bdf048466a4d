"""MoniteScript, the language of approval policies: triggers are conditions, scripts ask people.

A new policy is parsed completely. If a part can't be evaluated, the policy is refused with the place of
that part, so no condition is silently false later. Facts: the OpenAPI document 2024-05-25
(ApprovalPolicyCreate);
docs.monite.com, "Trigger examples" and "Script examples"; the form of the vendor's React SDK 3.22.0. The
rules named `approval policies` list what is unverified.
"""

from __future__ import annotations

from monite_magic.simulator.monitescript.conditions import Verdict, read_trigger
from monite_magic.simulator.monitescript.errors import ScriptError
from monite_magic.simulator.monitescript.names import EVENT_NAME, Names, names_of
from monite_magic.simulator.monitescript.scripts import Ask, Effect, Script, read_script

__all__ = [
    "EVENT_NAME",
    "Ask",
    "Effect",
    "Names",
    "Script",
    "ScriptError",
    "Verdict",
    "names_of",
    "read_script",
    "read_trigger",
]
