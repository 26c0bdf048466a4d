"""Forms made of ipywidgets, imported only when one is shown."""
