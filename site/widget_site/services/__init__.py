"""Services of the site that user code calls through the runner (``widget_wire.keys.SERVICE_QUEUE``)."""

from widget_site.services.consumer import ServiceConsumer
from widget_site.services.registry import CORE, Service, answer, refusal
from widget_site.services.secrets import secret_services

__all__ = ["CORE", "Service", "ServiceConsumer", "answer", "refusal", "secret_services"]
