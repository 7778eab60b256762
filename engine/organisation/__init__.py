"""Units, people, posts and accounts: who there is, who answers for what, and who may come in.

Duties elsewhere point to a stable unit id; names as of the act stay on papers and in the audit.
"""
