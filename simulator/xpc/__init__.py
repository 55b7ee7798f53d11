"""What both sides of a bootstrap socket say: frames, values, errors, the shared page.

May be used by every room. May use the standard library's cheap half and ``shared_container``.
"""
