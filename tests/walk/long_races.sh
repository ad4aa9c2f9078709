#!/bin/bash
# races.sh at length: 1,000 rounds.
RACES_ROUNDS=${RACES_ROUNDS:-1000} exec bash "$(dirname "$0")/races.sh"
