"""What a widget is: kinds, outcomes, limits, names and files. No web, queue, database or container."""
