"""Commands of the page's side, one file each; `pyproject.toml` adds them to ``slamcore``.

They import the page's modules when they run: every ``slamcore`` command loads them, and those
modules take seconds.
"""
