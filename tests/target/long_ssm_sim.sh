#!/bin/sh
# 50 MB each way over a channel that loses, doubles and reorders (`make check`: 2 MB).
SSM_SIM_BYTES=50000000 exec "$top_builddir/tests/target/test_ssm_sim"
