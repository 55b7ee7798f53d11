"""Typer, one module per noun."""
