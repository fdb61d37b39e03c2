"""How objects look: as text, and as static HTML that needs neither a script nor a kernel."""


def load(kind: type) -> None:
    """Imports the modules that render a class. Those for audits are separate, because they need an extra."""
    import scopekit.render.core

    if kind.__module__.startswith("scopekit.audit"):
        import scopekit.render.audit
        import scopekit.render.exchanges
        import scopekit.render.reports  # noqa: F401
