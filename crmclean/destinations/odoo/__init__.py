"""Odoo through its JSON-RPC."""
