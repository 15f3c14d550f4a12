"""Fleets on a Dask cluster."""
