"""Join points of kind `call`: where a service calls others, and what each of these calls is.

`libraries/` says what a library offers, `sure.py` what an expression surely is, `find.py` puts them together. A call
that is not the library's is never taken for one: what cannot be resolved is left alone, with its reason.
"""
