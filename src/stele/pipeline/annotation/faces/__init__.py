"""FACE_DETECTION: faces, their points, how they are turned, and what they express; `annotator` is the door."""
