"""How the plain objects look: as text, and as static HTML that needs neither a script nor a kernel."""
