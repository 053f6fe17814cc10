"""crmclean: from raw CRM exports to a clean, loaded and audited target CRM."""

__version__ = "0.1.0"
