/* The two clocks.  What must be ordered uses the monotonic one; what people read
 * uses the wall clock. */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds / microseconds since an arbitrary start; never goes back. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);
/* Milliseconds since 1970-01-01 UTC. */
uint64_t clock_wall_ms(void);
/* "20261121T081500Z" (basic) or "2026-11-21T08:15:00Z" into out. */
void clock_basic(uint64_t wall_ms, char out[17]);
void clock_iso(uint64_t wall_ms, char out[21]);

#endif
