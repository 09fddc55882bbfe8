"""What a program means in numbers: `judge` runs it on `values`, with what roles say and arithmetic in files of their own."""
