"""Google Cloud Vision v1: one set of methods on plain JSON objects (`methods`), with thin fronts for REST and gRPC.

A call is decoded (`decoding`, `requests`), becomes an ordinary job (`images`, `files`), and is answered from the
canonical pages (`rendering` and the modules it names: pure functions) or, for operations (`operations`), written into a
bucket by a worker (`shards`). `errors` and `auth` hold Google's spelling of both. Nothing here reads a document.
"""
