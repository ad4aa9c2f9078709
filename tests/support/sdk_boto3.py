#!/usr/bin/python3
"""boto3 as anybody writes it, against whatever the environment leads to.

usage: sdk_boto3.py FOLDER
Prints TAP.  The buckets are the stand-in's: logs may be read and written, and only
there; deleting is denied; ssm parameters may be read.
"""

import hashlib
import os
import sys
import urllib.request

import boto3
import botocore.exceptions
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

count = 0


def check(what, good, note=""):
    global count
    count += 1
    print(("ok" if good else "not ok") + " %d - %s" % (count, what), flush=True)
    if not good:
        print("# " + str(note).replace("\n", "\n# "), flush=True)


def code_of(call, **kw):
    """The error code that the SDK raises, or why it raised something else."""
    try:
        call(**kw)
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"], e.response["Error"]["Message"]
    except Exception as e:  # the test wants its name
        return type(e).__name__, str(e)
    return "", "nothing was raised"


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest() if hasattr(
            hashlib, "file_digest") else hashlib.sha256(f.read()).hexdigest()


def objects(s3, folder):
    listed = s3.list_objects_v2(Bucket="logs")
    check("list", any(o["Key"] == "a.txt" for o in listed["Contents"]), listed)
    check("get", s3.get_object(Bucket="logs", Key="a.txt")["Body"].read() == b"alpha\n")
    keys = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket="logs", PaginationConfig={"PageSize": 1}) for o in page["Contents"]]
    check("paginate", len(keys) == len(set(keys)) >= 4, keys)
    s3.put_object(Bucket="logs", Key="sdk/ü +&=.txt", Body=b"small")
    check("put and get a key with every trouble", s3.get_object(
        Bucket="logs", Key="sdk/ü +&=.txt")["Body"].read() == b"small")
    path = os.path.join(folder, "100M")
    with open(path, "wb") as f:
        for _ in range(100):
            f.write(os.urandom(1 << 20))
    with open(path, "rb") as f:
        s3.put_object(Bucket="logs", Key="sdk/100M", Body=f)
    s3.download_file("logs", "sdk/100M", path + ".back")
    check("put 100 MB in one piece, get it in parts", digest(path) == digest(path + ".back"))
    s3.upload_file(path, "logs", "sdk/parts", Config=TransferConfig(
        multipart_chunksize=8 << 20, max_concurrency=4))
    s3.download_file("logs", "sdk/parts", path + ".back")
    check("upload in parts", digest(path) == digest(path + ".back"))
    os.unlink(path)
    os.unlink(path + ".back")
    s3.put_object(Bucket="logs", Key="sdk/summed", Body=b"summed", ChecksumAlgorithm="SHA256")
    check("a body with a checksum behind it", s3.get_object(
        Bucket="logs", Key="sdk/summed")["Body"].read() == b"summed")
    chosen = s3.select_object_content(
        Bucket="logs", Key="a.txt", Expression="select * from s3object", ExpressionType="SQL",
        InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}})
    rows = b"".join(e["Records"]["Payload"] for e in chosen["Payload"] if "Records" in e)
    check("an event stream", rows == b"alpha\n", rows)


def presigned(s3):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "logs", "Key": "a.txt"})
    context = __import__("ssl").create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    with urllib.request.urlopen(url, context=context, timeout=30) as r:
        check("a presigned URL, through the gate", r.read() == b"alpha\n")
    try:
        urllib.request.urlopen(url.replace("a.txt", "e.txt"), context=context, timeout=30)
        check("a presigned URL that was changed is refused", False)
    except urllib.error.HTTPError as e:
        check("a presigned URL that was changed is refused", e.code == 403, e)


def errors(s3):
    code, text = code_of(s3.get_object, Bucket="logs", Key="no/such")
    check("an error of the service is the SDK's own", code == "NoSuchKey", (code, text))
    code, text = code_of(s3.delete_object, Bucket="logs", Key="a.txt")
    check("a denied call raises AccessDenied", code == "AccessDenied", (code, text))
    check("and says by which rule", "sdk/keep" in text, text)
    code, text = code_of(s3.put_object, Bucket="logs", Key="sdk/x", Body=b"x",
                         ACL="public-read")
    check("a member that implies more is denied", code == "AccessDenied", (code, text))
    code, text = code_of(s3.get_object, Bucket="east", Key="e.txt")
    check("another bucket is denied", code == "AccessDenied", (code, text))


def others():
    ssm = boto3.client("ssm")
    value = ssm.get_parameter(Name="/app/color")["Parameter"]["Value"]
    check("a JSON service", value == "blue", value)
    code, _ = code_of(ssm.put_parameter, Name="/app/x", Value="v", Type="String")
    check("whose denials are its own too", code == "AccessDeniedException", code)
    who = boto3.client("sts").get_caller_identity()["Arn"]
    check("a query service", ":assumed-role/broker/" in who, who)
    code, _ = code_of(boto3.client("ec2").terminate_instances, InstanceIds=["i-0abc"])
    check("ec2 denies in its own form", code in ("UnauthorizedOperation", "AccessDenied"), code)


def wrong_keys():
    s3 = boto3.client("s3", aws_secret_access_key="A" * 40,
                      aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
    code, _ = code_of(s3.list_objects_v2, Bucket="logs")
    check("a wrong secret is refused", code == "SignatureDoesNotMatch", code)
    s3 = boto3.client("s3", aws_secret_access_key="A" * 40,
                      aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    code, _ = code_of(s3.list_objects_v2, Bucket="logs")
    check("a key that is not ours is refused", code == "InvalidAccessKeyId", code)


def main():
    config = Config(retries={"max_attempts": 1})
    # Else URLs are presigned with version 2, and for a host that says no region.
    for_urls = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    endpoint = os.environ.get("AWS_ENDPOINT_URL")  # older SDKs do not look at it
    make = boto3.client

    def client(name, **kw):
        return make(name, config=config, endpoint_url=endpoint, **kw)
    boto3.client = client
    s3 = client("s3")
    objects(s3, sys.argv[1])
    presigned(make("s3", config=for_urls, endpoint_url=endpoint))
    errors(s3)
    others()
    wrong_keys()
    print("1..%d" % count)


if __name__ == "__main__":
    main()
