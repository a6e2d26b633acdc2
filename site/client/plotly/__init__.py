"""Figures for the component Plot: what of plotly's Python library client code needs (G-84)."""
