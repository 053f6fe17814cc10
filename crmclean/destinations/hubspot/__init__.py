"""HubSpot through its CRM API."""
