"""Rasa graph components; they run in the rasa environment and import nothing of the app half."""
