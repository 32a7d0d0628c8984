"""Carrel's window: PySide6 widgets that speak to the desk process by messages and read no files."""
