"""Conversations as files: Markdown, HTML and JSON here; the window's part prints HTML to PDF."""
