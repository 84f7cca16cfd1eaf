"""Who answers: escalation, grouping, replies."""
