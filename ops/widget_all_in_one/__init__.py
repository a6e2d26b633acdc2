"""The one command: starts and watches every process of the product on one machine."""
