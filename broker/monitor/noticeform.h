/* Notices as their readers take them: JSON for programs, and messages of Slack and Teams.
 *
 * Everything in a hold is written by others, and a chat would make links, mentions and
 * layout of it. So words of others never stand in a field that is read as markup, they
 * are escaped (text.h), and whatever a chat could still take for a mention or a link
 * is written as \xNN.  A line of ours cannot be forged, since their line ends are escaped,
 * too.  What does not fit is counted, with the command that shows it.
 */
#ifndef BROKER_MONITOR_NOTICEFORM_H
#define BROKER_MONITOR_NOTICEFORM_H

#include <jansson.h>
#include <stdint.h>

#include "broker/monitor/config.h"

/* Bytes of a body. */
#define NOTICEFORM_MOST 61440u
/* Characters of a text in one block of Slack, and of all of them together. */
#define NOTICEFORM_BLOCK 3000u
#define NOTICEFORM_SLACK 10000u
/* The same of a card of Teams, whose whole message may have 28 KiB. */
#define NOTICEFORM_TEAMS 12000u

struct noticeform {
	const char *notice; /* its id */
	const char *broker; /* this broker's name */
	const char *event;  /* as holds_listen_fn; "test" for a trial, without a hold */
	const char *by;	    /* who did it; "" for nobody */
	const char *reason; /* in their words; "" */
	uint64_t at_ms;	    /* when, by the wall clock */
	const json_t *hold; /* as hold_json() gives it; NULL for a trial */
	const char *needs;  /* who has to approve, as a line for people; "" */
	const char *preview; /* what it would touch, one line; NULL or "": not known */
};

/* The body in that format: ASCII, at most NOTICEFORM_MOST bytes.  Yours; NULL when memory
 * fails. */
char *noticeform_body(enum config_format format, const struct noticeform *f);

#endif
