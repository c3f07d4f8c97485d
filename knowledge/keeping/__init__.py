"""The bureau's side of the knowledge: changes by two people, kept, undoable, laid over the files.
Imports nothing here: loading.py needs the overlay before the keeper can load."""
