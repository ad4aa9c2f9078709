/* One command by Run Command: sent, asked about until it has ended, and its output. */
#ifndef BROKER_TARGET_RUN_H
#define BROKER_TARGET_RUN_H

#include "broker/target/way.h"

extern const struct target_way run_way;

#endif
