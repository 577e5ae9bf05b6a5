"""One file per codemod: a named pointcut, its advice, and the examples that test and document it."""
