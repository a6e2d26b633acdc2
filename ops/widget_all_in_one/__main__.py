"""Entry point of the ``widgetry`` command."""


def main() -> None:
    """Run the command named by the arguments."""
    raise SystemExit("widgetry: not built yet")


if __name__ == "__main__":
    main()
