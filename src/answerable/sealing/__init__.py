"""Sealing: HPKE, compartments, codes and threshold keys. A library: no Django, no database, no network, no clock, and
no randomness except what is passed in.
"""
