"""Everything that a process of a deployment loads, for the one that they are forked from."""

import gc
import pkgutil
from importlib import import_module

import smartalert

gc.disable()
for module in pkgutil.walk_packages(smartalert.__path__, "smartalert."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
# What is loaded stays: looking through it for garbage would copy all of it into each process that is forked.
gc.freeze()
gc.enable()
