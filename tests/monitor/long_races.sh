#!/bin/sh
# Races for holds: 1,000 rounds of each pair, with a seed of this run's own.
RACES_SEED=${RACES_SEED:-$(date +%s)}
RACES_ROUNDS=${RACES_ROUNDS:-1000}
export RACES_SEED RACES_ROUNDS
echo "# RACES_SEED=$RACES_SEED RACES_ROUNDS=$RACES_ROUNDS"
exec "${top_builddir:-.}/tests/monitor/test_races"
