"""The tutorial pack: checks for the exercises, and the tutorials as a site (`lite`)."""
