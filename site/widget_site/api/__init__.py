"""The JSON API, version 1: what programs and the editor speak with."""
