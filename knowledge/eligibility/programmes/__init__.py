"""One folder a programme: programme.yml (facts, conditions, what follows), parameters.yml, rules.py.
A new programme is a new folder here and its wording in texts.yml; nothing else changes."""
