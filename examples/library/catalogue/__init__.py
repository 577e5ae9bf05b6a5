"""Books, their authors, and what readers say of them."""
