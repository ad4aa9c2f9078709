"""The pieces of tests/support/aws_standin.py; python3 standard library only."""
