"""The local stack on one desk: package, deploy to MiniStack, a sandbox of WeChat, one fixed front address."""
