"""The dialect of Amazon Textract (API 2018-06-27): boto3 and the other SDKs, the AWS CLI, and the libraries on them.

Here wishes are translated into jobs and documents into blocks; `aws/` verifies signatures. Nothing here touches a
store, a model or a file. Shapes come from the service model that botocore carries, none is typed by hand.
"""
