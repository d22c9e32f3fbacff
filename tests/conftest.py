"""What all tests share. They hold on a loaded machine and side by side: `-n 2` runs them in two
processes."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")
