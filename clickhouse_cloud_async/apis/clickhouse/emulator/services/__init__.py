"""Services: their properties, states, sizes, schedules, settings and warehouses."""
