"""Smart Alert: area → audience → dispatch → receipts → responses, and the control room around it."""
