"""libcst transformers, one kind of insertion each: a piece of advice in, an edit of the source text out."""
