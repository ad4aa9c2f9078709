/* One session of Session Manager, from StartSession to its end at AWS. */
#ifndef BROKER_TARGET_SSM_H
#define BROKER_TARGET_SSM_H

#include "broker/target/way.h"

extern const struct target_way ssm_way;

#endif
