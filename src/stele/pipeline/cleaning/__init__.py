"""Pictures of pages made better: contrast, black and white, tilt, bent lines, size, where a caller asks for it.

Reading needs none of this: it copes with pages as they are, and says where their words stand on them. Here the pages
themselves are what is wanted. Each step is a function of pixels; `pages.py` is the door.
"""
