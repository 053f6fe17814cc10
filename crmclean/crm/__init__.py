"""Canonical objects, and each CRM's export and import schema, read from mappings/."""
