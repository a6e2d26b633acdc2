"""How values become tables, pictures, charts and text; imported when a run shows something first."""
