"""What all tests share: the profiles of Hypothesis.

`pytest --hypothesis-profile=thorough` runs 10,000 examples of each property.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("default", max_examples=200, deadline=None)
settings.register_profile(
    "thorough", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")
