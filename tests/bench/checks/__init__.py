"""How long `fdc check` takes. Run as modules from the folder of the benchmarks: `cd tests/bench; python -m checks.cold`."""
