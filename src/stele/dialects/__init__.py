"""Ring 3: one folder a wire protocol: parse → service → serialize. Never touches a store, a model or a file."""
