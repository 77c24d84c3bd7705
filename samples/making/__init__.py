"""How the sample documents are made: typesetting that remembers what it typed, and the wear of paper and scanner."""
