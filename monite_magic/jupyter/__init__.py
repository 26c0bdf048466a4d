"""All code that uses IPython or ipywidgets: magics, forms, panels, completion, inspection.

`extension` loads and unloads it. `magics` has one short method per magic, and the `…_magics` modules do the
work.
"""
