"""The KPI dictionary at work: measures, exceptions, history and what became worse."""
