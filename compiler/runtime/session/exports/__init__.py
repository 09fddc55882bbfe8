"""What comes out of a run for other tools: pipelines, adapters, their schedulers and cards.

Imports `runtime.base`, `runtime.weights` and the typed program.
Knows nothing of training.
"""
