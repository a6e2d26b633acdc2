"""Which cookies on a widget's host are the platform's: user code neither sees nor sets them (H-34, H-66)."""

#: Our own names start so, with or without the prefixes that browsers guard; ``anvil``-names are the reference's.
_PLATFORM = ("widgetry", "anvilapp", "anvil-")
_GUARDED = ("__host-", "__secure-")


def is_platform_cookie(name: str) -> bool:
    """Whether a cookie of this name belongs to the platform."""
    lowered = name.strip().lower()
    for prefix in _GUARDED:
        lowered = lowered.removeprefix(prefix)
    return lowered.startswith(_PLATFORM)
