"""The validate phase: what the target will do with each record, before anything is sent."""
