"""monite-magic: the Monite API in IPython."""
