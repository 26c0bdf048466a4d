"""Answers as tables: DataFrames, charts, and pulls of whole collections."""
