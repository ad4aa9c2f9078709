/* The distance of two clocks; see drift.h. */
#include "broker/session/drift.h"

void
drift_begin(struct drift *d, uint64_t wall_ms, uint64_t mono_ms)
{
	*d = (struct drift){ .apart_ms = (int64_t)(wall_ms - mono_ms) };
}

bool
drift_look(struct drift *d, uint64_t wall_ms, uint64_t mono_ms, int64_t *step_ms)
{
	int64_t apart = (int64_t)(wall_ms - mono_ms), step = apart - d->apart_ms;

	if ((step >= -DRIFT_MS && step <= DRIFT_MS) || d->told >= DRIFT_MOST)
		return false;
	d->apart_ms = apart;
	d->told++;
	*step_ms = step;
	return true;
}
