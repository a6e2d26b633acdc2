"""The public hosts of widgets: plain ASGI, no framework, one Redis round trip each way."""
