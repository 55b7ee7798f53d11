"""Every name in the policy's tables."""

from simulator.sandbox import policy

__all__ = ("NAMES",)

NAMES = (*policy.ALLOWED, *policy.DENIED, *policy.UNSUPPORTED, *policy.CHECKED)
