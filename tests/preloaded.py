"""Everything that a process of a deployment loads, for the one that they are forked from."""

import pkgutil
from importlib import import_module

import smartalert

for module in pkgutil.walk_packages(smartalert.__path__, "smartalert."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
