"""Telling people: who, in which words, by which channel. Reads the outbox; changes no duty."""
