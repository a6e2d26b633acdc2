"""The client half of Anvil's API: what a GUI widget's Python in the browser imports."""
