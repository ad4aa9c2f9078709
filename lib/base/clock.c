/* The two clocks; see clock.h. */
#include "lib/base/clock.h"

#include <string.h>
#include <time.h>

static uint64_t
read_us(clockid_t id)
{
	struct timespec t;

	/* Cannot fail for these two clocks on Linux. */
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

uint64_t
clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

static void
format(uint64_t wall_ms, const char *fmt, char *out, size_t size)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	memset(out, 0, size);
	if (gmtime_r(&s, &tm) != NULL)
		(void)strftime(out, size, fmt, &tm);
}

void
clock_basic(uint64_t wall_ms, char out[17])
{
	format(wall_ms, "%Y%m%dT%H%M%SZ", out, 17);
}

void
clock_iso(uint64_t wall_ms, char out[21])
{
	format(wall_ms, "%Y-%m-%dT%H:%M:%SZ", out, 21);
}
