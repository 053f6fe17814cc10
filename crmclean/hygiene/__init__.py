"""KPI dictionary and scorecard."""
