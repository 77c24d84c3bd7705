"""Ring 4: wiring only."""
