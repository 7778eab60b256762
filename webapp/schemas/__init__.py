"""What goes in and out, described once for pages and API."""
