"""Small tests of single calls, without a server: aiohttp is replaced by aioresponses."""
