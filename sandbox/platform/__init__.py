"""Third-party platforms (第三方平台): tickets, tokens of their own and of those who authorised them, links between accounts."""
