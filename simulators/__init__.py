"""The world outside the gateway, invented: homes, devices, phones, a carrier."""
