"""Shows the kit's objects as text, and as static HTML that needs neither a script nor a running kernel."""


def load(kind: type) -> None:
    """Imports the modules that render the class `kind`. A class of `scopekit.audit` needs the extra `audit`."""
    import scopekit.render.core

    if kind.__module__.startswith("scopekit.audit"):
        import scopekit.render.audit
        import scopekit.render.exchanges
        import scopekit.render.reports  # noqa: F401
