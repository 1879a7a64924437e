"""Ways in: the registry of every place from which people come, its codes and its links."""
