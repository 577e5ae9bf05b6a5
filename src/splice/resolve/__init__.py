"""What an expression means, across the files of a project: an abstract evaluator that never runs anything.

Frameworks ask `project.values(expression, scope)` and get every value it may have: which class an object was
made from, which function a name stands for, which text a prefix has. What it cannot know is `Unknown` with why.
"""

from splice.resolve.project import STAND_IN, Names, Project

__all__ = ["STAND_IN", "Names", "Project"]
