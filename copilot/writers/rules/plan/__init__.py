"""A plan by rules: the playbook of the goal, the channels and the figures, set into sections."""
