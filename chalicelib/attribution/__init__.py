"""Where people came from: touches, which of them an order has to thank, and what each way in earned."""
