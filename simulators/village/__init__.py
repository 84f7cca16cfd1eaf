"""The village: residents with habits, the devices in their homes, and what can go wrong."""
