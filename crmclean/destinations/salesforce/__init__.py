"""Salesforce through Bulk API 2.0 and sObject Collections."""
