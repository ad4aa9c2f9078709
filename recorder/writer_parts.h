/* The inside of a writer, shared by the files that write (writer.c) and reckon with a quota
 * (writer_room.c), and by nobody else. */
#ifndef RECORDER_WRITER_PARTS_H
#define RECORDER_WRITER_PARTS_H

#include "recorder/carry.h"
#include "recorder/tape.h"
#include "recorder/writer.h"

enum state {
	STATE_HEAD, /* lines 0 and 1 stand, no certificate yet */
	STATE_OPEN,
	STATE_DEAD,
	STATE_CLOSED,
};

struct writer {
	enum state state;
	struct tape tape;
	struct buf meta; /* META's line, until it is written */
	bool pinned;	 /* device_pk is given */
	enum writer_sync sync;
	uint64_t quota;
	bool over; /* the quota was reached */
	uint8_t device_pk[32];

	uint64_t (*now)(void *arg);
	void *now_arg;
	uint64_t start_us;
	uint64_t event_us; /* of the newest event, since the start */

	struct carry carry[WRITER_STREAMS];
	struct buf event;   /* lines being made */
	struct buf pending; /* the chunk being filled */
	uint32_t pending_events;
	uint64_t pending_us; /* of its first event */
	uint64_t events, replaced;
};

#endif
