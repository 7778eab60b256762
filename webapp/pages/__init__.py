"""Pages for people. Each module offers one Flask `blueprint` and adds its item to the navigation.

A view gets `context()`, calls queries and verbs, and renders. Verbs raise; webapp/errors.py shows the
sentence.
"""
