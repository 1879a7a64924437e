"""Mini programs beyond login and messages: data, codes, links, templates, checks, figures, payments."""
