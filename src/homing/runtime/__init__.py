"""What acts: tasks, clock, the order of commits. Decisions are in `core`."""
