"""The gRPC front of the Google dialects: a thin one, as the REST front is, on the methods of `dialects.google.methods`.

`schema` holds the message types, `messages` turns them into the JSON form that methods take and back, `reflection`
tells clients about them, `server` answers calls. Nothing here knows what a method does.
"""
