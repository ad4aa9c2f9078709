/* The keys of a new broker, made in one folder: what `broker keys init` calls.
 *
 *	device.key		0600  hoop-device: for the keeper
 *	auditor.key		0600  hoop-key: opens recordings; move it to the auditor
 *	break-glass.key		0600  hoop-key: the second recipient; lock it away
 *	admin.key		0600  hoop-admin: signs recipients lists; keep it offline
 *	admin.pub		0644  base64 of its public key: what broker.yaml pins
 *	recipients		0644  the signed list
 *	trust			0644  hoop-trust: for those who verify
 */
#ifndef RECORDER_KEYSET_H
#define RECORDER_KEYSET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/rotation.h"

struct keyset_init {
	const char *broker; /* the broker's name, as in line 0 and in the trust file */
	const char *epoch;  /* of the recipients; NULL: year and month of now_ms */
	const char *not_after; /* YYYY-MM-DD; NULL: 400 days after now_ms */
	uint64_t now_ms;       /* wall clock */
};

#define KEYSET_DEVICE "device.key"
#define KEYSET_AUDITOR "auditor.key"
#define KEYSET_BREAK_GLASS "break-glass.key"
#define KEYSET_ADMIN "admin.key"
#define KEYSET_ADMIN_PUBLIC "admin.pub"
#define KEYSET_RECIPIENTS "recipients"
#define KEYSET_TRUST "trust"

/* Make all of them in the existing directory dir_fd (borrowed).  RC_REFUSE if any of
 * the names exists already (nothing is then made or changed), or a value is bad.
 * RC_FAIL: I/O; files that this call made are removed again.  Files and directory are
 * fsynced before RC_OK. */
enum rc keyset_make(int dir_fd, const struct keyset_init *init, struct err *err);

struct keyset_rotated {
	char broker[HEADER_BROKER_MAX + 1];
	char old_name[64]; /* where the old key stands now */
	struct rotation rotation;
	bool trusted; /* the line was added to DIR/trust */
};

/* A new device key in the folder dir: device.key becomes device-DKID.key, its rotation
 * is appended to device.rotation, and a line for the new key is added to trust, if that
 * stands there.  Owner and modes are as before.  A crash leaves the old key in its
 * place, or the new one with its rotation: never a new key that nobody vouches for.
 * RC_REFUSE: no such folder or key, or one that is not to be read; RC_FAIL: I/O. */
enum rc keyset_rotate(const char *dir, struct keyset_rotated *ret, struct err *err);

#endif
