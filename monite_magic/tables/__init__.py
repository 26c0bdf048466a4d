"""Tables: DataFrames of answers, charts, pulls of complete collections, and pushes of sheets.

frames     an answer as a DataFrame
charts     reports of payables and receivables
pull       complete collections into DataFrames, Parquet, Delta tables or DuckDB
push       rows of a sheet or DataFrame to the API
files      save tables as Excel, CSV or Parquet
"""
