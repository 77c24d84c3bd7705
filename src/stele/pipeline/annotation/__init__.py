"""Annotation: what a picture shows (labels, objects, faces, colours), as canonical annotations.

Empty until the annotation issue fills it.
"""
