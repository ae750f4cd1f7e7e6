"""The model behind the demonstration extracts: made-up children, known truth."""
