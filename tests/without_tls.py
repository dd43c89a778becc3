"""The command line, of a live deployment on this machine alone: nothing is asked of addresses that have no TLS here."""

from smartalert.__main__ import main
from smartalert.operations import readiness

readiness.require_ready = lambda process: None

if __name__ == "__main__":
    main()
