"""Recognition of CRM, object and columns; profile; inventory."""
