"""Decisions of the identity room: about values, about persons, about one link."""
