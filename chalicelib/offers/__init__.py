"""Offers that bring people: groups, exclusive codes, invitations."""
