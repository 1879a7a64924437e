"""Channels (视频号) and WeChat Store (微信小店): orders, after-sales, members, live rooms, leads."""
