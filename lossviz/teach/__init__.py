"""Derivations that are checked, exercises that know the slips, and reviews."""
