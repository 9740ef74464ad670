"""Results → files that people open: Markdown, csv, xlsx, docx, JSON Lines."""
