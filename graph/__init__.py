"""LinearLink engine: graphs, plans, runs and the store. Knows nothing of images or windows."""
