"""Annotation: what a picture shows (labels, objects, faces, colours), as canonical annotations.

`annotating` is the door. Each feature has one annotator, a module of its own; they know nothing of each other, and look
only at the picture and at what was found before. A feature without an annotator is told as missing, never made up.
"""
