"""`python -m workbond` is `workbond`."""

from workbond.cli.main import main

if __name__ == "__main__":
    main()
