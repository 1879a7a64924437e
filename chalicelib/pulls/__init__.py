"""What WeChat tells of itself, fetched in order and compared with what was heard."""
