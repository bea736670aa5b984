"""Random walks through the whole life of forms, with an account of what must hold after each step."""
