"""Services of the site that user code calls through the runner (``widget_wire.keys.SERVICE_QUEUE``)."""
