"""The rows of the escape suite, and what runs them: loaded by guests and by plain processes.

``rows`` says what a row is, ``kern`` asks the kernel, ``runner`` does what it is told; the rest are
the rows, a module per kind of door. To add one: write it in the module of its section, run ``make
escape``, and commit what it did to docs/escape.md.
"""
