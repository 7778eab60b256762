"""The only HTTP of the product: pages, API, command line and the scheduler."""
