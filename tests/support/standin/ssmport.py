"""Ports: one TCP connection made by the node (stream, basic), or many in smux."""

from .ssmrun import Cannot


def port(agent):
    raise Cannot("not yet")
