/* The real broker-launch over a frame pair, and one command's ends.  As root it takes an
 * id of its own and gives its children another one, as in service; else all run under
 * one. */
#ifndef TESTS_LAUNCH_BED_H
#define TESTS_LAUNCH_BED_H

#include "tests/support/unit.h"

#include "config.h"

#include <unistd.h>

#include "tests/support/peer.h"

#define BED_SCRATCH "1048576"
#define BED_PROXY "c0ffee:s3cret"
#define BED_CA "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

struct bed {
	char dir[64];
	char home[80], probe[80];
	struct peer p;
	int in, out, error; /* our ends of the command's three */
	int gate;	    /* the session's end of the gate's socket */
	const char *mode;   /* --sandbox */
	uint8_t stage;	    /* of the next LAUNCH */
	char text[8192];    /* of the last bed_read */
};

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING ((const char *const[]){ NULL })

bool bed_root(void);
/* The ids of the launcher and of its children, as text: others in each test program, since
 * the kernel counts an id's processes wherever they are and tests run side by side. */
const char *bed_self(void);
const char *bed_child(void);
/* For cmocka: a folder, the probe in it, and a running launcher. */
int bed_required(void **state);
int bed_reduced(void **state);
int bed_clear(void **state);
/* The options that it is started with, up to 30 and NULL. */
void bed_options(const struct bed *b, const char *nproc, const char **argv);
void bed_start(struct bed *b, const char *nproc);

/* Send LAUNCH with fresh pipes and a gate. */
void bed_launch(struct bed *b, uint32_t session, const char *const *argv,
    const char *const *env, uint32_t cpu_s);
/* LAUNCHED came, and said a pid. */
pid_t bed_launched(struct bed *b, uint32_t session);
/* It did not, and says this. */
void bed_refused(struct bed *b, uint32_t session, const char *says);
void bed_exited(struct bed *b, uint32_t session, uint8_t how, uint8_t code);
/* Start it and take what it prints until its end: the text. */
const char *bed_run(struct bed *b, const char *const *argv, uint8_t how, uint8_t code);
/* The socket that the gate was handed, yours. */
int bed_listener(struct bed *b);
/* All that comes until end of file, in b->text. */
const char *bed_read(struct bed *b, int fd);
void bed_kill(struct bed *b, uint32_t session, uint8_t signo);
void bed_close(int *fd);

/* Living, and no zombie. */
bool bed_alive(pid_t pid);
/* How many such processes are in this group. */
unsigned bed_members(pid_t group);
/* The text of /proc/PID/status, in b->text. */
const char *bed_status(struct bed *b, pid_t pid);

#define CASE(t) cmocka_unit_test_setup_teardown(t, bed_required, bed_clear)
/* The same in both modes. */
#define REDUCED(t)                                                                     \
	{                                                                              \
#t " (reduced)", t, bed_reduced, bed_clear, NULL                       \
	}
#define BOTH(t) CASE(t), REDUCED(t)

#endif
