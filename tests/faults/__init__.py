"""Dispatch's fault bench: a worker, the real ledger and providers that do whatever a provider can do wrong.

`test_bench` has one case a fault, with the same assertions for all; `test_walk` takes a short random walk of everything
at once, and `python -m tests.faults.walk --seed N --minutes M` a long one. `python -m tests.faults.failover`
loses, fills, restarts and cuts off PostgreSQL itself.
"""
