"""What Widgetry adds to the anvil library: ``store``, values that last from run to run."""
