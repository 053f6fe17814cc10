"""The look that every HTML page shares: self-contained, no network, no script, light and dark; text stays text.

A page is a template beside this file that extends `page.html.jinja` and fills its blocks title, styles, header, main.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from crmclean.reports.wording import plain


def page(name: str) -> Template:
    """Return the template `name`.html.jinja; the filter `plain` writes any value on one line."""
    return _environment().get_template(f"{name}.html.jinja")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("crmclean.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = plain
    return environment
