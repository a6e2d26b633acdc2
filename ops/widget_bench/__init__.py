"""``ops/bench``: what a call, a run and a sandbox cost here, side by side with the obvious alternatives in one run."""
