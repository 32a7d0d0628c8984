"""The pieces that pages are made of; each shows state and reports what the user did."""
