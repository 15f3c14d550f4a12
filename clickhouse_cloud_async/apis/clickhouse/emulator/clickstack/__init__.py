"""ClickStack: dashboards, alerts, sources, webhooks, saved searches and roles of a service."""
