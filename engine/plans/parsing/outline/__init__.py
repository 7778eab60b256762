"""The outline: which lines are numbered (numbering), and the tree they make (structure)."""
