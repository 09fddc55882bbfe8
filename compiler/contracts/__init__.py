"""What lies on disk against what is declared: configs of checkpoints, schedulers, codecs, manifests of data sets.

Imports `base`, `syntax`, `types` and `program`; the checker and the runtime both read it.
Knows nothing of weights, and imports no library whose classes it describes.
"""
