"""How an API is emulated: server, request pipeline, documents, time, faults. It names no API."""
