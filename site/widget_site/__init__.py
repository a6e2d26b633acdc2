"""The site: pages, JSON API, widgets' public hosts and the services that user code calls. It never runs user code."""
