"""Qt item models over rows of the desk, and the delegates that paint them."""
