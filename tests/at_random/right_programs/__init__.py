"""Programs that are right, made from the end: `pieces` that are wanted, `recipes` for each, `programs` of them."""
