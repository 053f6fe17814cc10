"""`python -m crmclean`."""

from crmclean.cli.app import main

if __name__ == "__main__":
    main()
