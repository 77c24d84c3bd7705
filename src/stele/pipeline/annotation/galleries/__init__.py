"""Looking for known pictures: logos, landmarks, and pictures that are shown elsewhere.

`features` says what is kept of a picture, `index` finds those that may match, `matching` says by geometry whether they
do, `opened` keeps the galleries of a project ready, and `annotators` answer the three features.
"""
