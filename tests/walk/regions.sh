#!/bin/sh
# Buckets of other regions, found by redirect; what an option brings in beside the command.
. "${top_srcdir:-.}/tests/walk/lib.sh"
. "$W/users.sh"
walk_make
walk_policy
walk_start
run agent aws s3 cp s3://east/e.txt -
is 'a bucket of another region is found' "$(cat "$W/out")" e
run agent aws s3 cp s3://dotted.name/d.txt -
is 'a dotted bucket goes by path' "$(cat "$W/out")" d
run agent "aws s3 ls s3://logs --region us-east-1"
is 'a region that is not the bucket'\''s is followed' "$status" 0
run agent aws s3 cp s3://logs/a.txt s3://east/copied.txt
is 'a copy between regions' "$status" 0
run agent "aws s3 cp s3://logs/a.txt s3://logs/b.txt --acl public-read"
is 'an ACL is more than the copy' "$status" 77
run agent "aws s3 ls s3://logs --recursive --page-size 1"
is 'pages are followed' "$status" 0
walk_end
