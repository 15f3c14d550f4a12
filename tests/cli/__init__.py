"""The command line: real runs of `chcloud` against real HTTP on loopback."""
