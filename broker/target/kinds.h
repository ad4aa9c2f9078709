/* The kinds of targets: behind target_open() and its sisters, what does each one's work. */
#ifndef BROKER_TARGET_KINDS_H
#define BROKER_TARGET_KINDS_H

#include "broker/target/way.h"

/* NULL for a kind that is none. */
const struct target_way *kinds_way(enum target_kind kind);

#endif
