"""`python -m gateway` is `guanai`."""

from gateway.cli import main

if __name__ == "__main__":
    main()
