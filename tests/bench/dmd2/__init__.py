"""DMD2 by hand and as fdc has it, over the same networks."""
