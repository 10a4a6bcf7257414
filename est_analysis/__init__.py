"""Tertial analyses and weekly lägesbilder for Effektiv samordning för trygghet (EST)."""

__version__ = "0.1.0"
