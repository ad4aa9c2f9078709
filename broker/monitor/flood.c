/* How fast a session process may ask; see flood.h. */
#include "broker/monitor/flood.h"

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"

/* What takes so many milliseconds of the processor to judge (a call may name a thousand
 * resources) is followed by a rest of so many times that: the monitor is everybody's. */
#define LONG_MS 5
#define REST_TIMES 4
/* How often it is looked whether the keeper has caught up. */
#define REST_MS 10

static void
rest_over(void *arg)
{
	struct flood *f = arg;

	if (f->s->ctl == NULL)
		return;
	if (keep_behind(session_monitor(f->s)->keep))
		timer_set(f->rest, REST_MS);
	else
		port_pause(f->s->ctl, false);
}

enum rc
flood_init(struct flood *f, struct session *s, unsigned most, struct err *err)
{
	*f = (struct flood){ .s = s, .most = most };
	f->rest = loop_timer(session_monitor(s)->loop, rest_over, f);
	return f->rest != NULL ? RC_OK : err_memory(err);
}

void
flood_clear(struct flood *f)
{
	timer_free(f->rest);
	f->rest = NULL;
}

void
flood_count(struct flood *f, uint64_t took)
{
	uint64_t now = clock_mono_ms(), ms = 0;

	if (now / 1000 != f->second)
		f->asked = 0;
	f->second = now / 1000;
	if (++f->asked >= f->most)
		ms = 1000 - now % 1000;
	else if (keep_behind(session_monitor(f->s)->keep))
		ms = REST_MS;
	if (took >= LONG_MS && took * REST_TIMES > ms)
		ms = took * REST_TIMES;
	if (ms == 0)
		return;
	port_pause(f->s->ctl, true);
	timer_set(f->rest, ms);
}
