/* broker keys init, auditor, rotate-device: new private keys; see keysrequest.h. */
#include "broker/cli/keysrequest.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broker/cli/passphrase.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "recorder/b64.h"
#include "recorder/keyset.h"
#include "recorder/recipients.h"
#include "recorder/textfile.h"

/* Dates compare as text; what is none is refused with the keys. */
static bool
is_past(const char *date, uint64_t now_ms)
{
	char today[21];

	clock_iso(now_ms, today);
	today[10] = '\0';
	return date != NULL && strcmp(date, today) < 0;
}

static int
told(const char *dir)
{
	printf("made in %s:\n"
	       "  device.key, recipients   for the broker\n"
	       "  admin.pub                its text goes to recording.admin_key in "
	       "broker.yaml\n"
	       "  auditor.key, trust       for hoop-replay (--key, --trust): give them "
	       "to the "
	       "auditor\n"
	       "  break-glass.key          the second key that opens recordings: lock "
	       "it away\n"
	       "  admin.key                signs lists of recipients: take it off this "
	       "machine\n",
	    dir);
	return STATUS_OK;
}

int
keysmake_init(const struct keys_request *r)
{
	struct keyset_init ki = { .broker = r->name != NULL ? r->name : "broker",
		.not_after = r->not_after,
		.now_ms = r->now_ms };
	const char *dir = r->argv[0];
	struct err err = { "" };
	char text[ERR_TEXT];
	enum rc rc;
	int fd;

	if (is_past(r->not_after, r->now_ms))
		return keysrequest_fail(
		    "--not-after: nothing could be recorded", STATUS_USAGE);
	if ((mkdir(dir, 0700) != 0 && errno != EEXIST) ||
	    (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		snprintf(text, sizeof text, "%s: %s", dir, strerror(errno));
		return keysrequest_fail(text, STATUS_USAGE);
	}
	rc = keyset_make(fd, &ki, &err);
	close(fd);
	return rc == RC_OK ? told(dir) : keysrequest_judge(rc, &err);
}

static enum rc
auditor_text(const struct keyfile *k, bool locked, struct buf *text, struct err *err)
{
	struct secret *pass = NULL;
	enum rc rc;

	if (!locked)
		return keyfile_put(k, text, err);
	if ((rc = passphrase_ask("Passphrase of the new key: ", true, &pass, err)) !=
	    RC_OK)
		return rc;
	rc = keyfile_put_locked(k, pass, crypto_pwhash_OPSLIMIT_MODERATE,
	    crypto_pwhash_MEMLIMIT_MODERATE, text, err);
	secret_free(pass);
	return rc;
}

int
keysmake_auditor(const struct keys_request *r)
{
	struct keyfile *k = NULL;
	struct err err = { "" };
	struct buf text, line;
	enum rc rc;

	if (r->label == NULL)
		return keysrequest_fail("--label is missing", STATUS_USAGE);
	buf_init(&text, KEYFILE_TEXT_MAX);
	buf_init(&line, KEYFILE_TEXT_MAX);
	if ((rc = keyfile_new(KEYFILE_AUDITOR, span_of(r->label), &k, &err)) == RC_OK &&
	    (rc = auditor_text(k, r->passphrase, &text, &err)) == RC_OK &&
	    (rc = textfile_write(AT_FDCWD, r->argv[0], 0600, buf_span(&text), &err)) ==
		RC_OK) {
		recipients_public_put(k, &line);
		fputs(buf_cstr(&line), stdout);
	}
	keyfile_free(k);
	buf_clear(&text);
	buf_clear(&line);
	return keysrequest_judge(rc, &err);
}

int
keysmake_rotate(const struct keys_request *r)
{
	struct keyset_rotated done;
	struct err err = { "" };
	struct buf line;
	enum rc rc = keyset_rotate(r->argv[0], &done, &err);

	if (rc != RC_OK)
		return keysrequest_judge(rc, &err);
	buf_init(&line, 1024);
	buf_printf(&line, "device %s ", done.broker);
	b64_put(&line, span_make(done.rotation.new_pk, 32));
	printf(
	    "new device key in %s; the old one is %s there, and signed for it in %s\n"
	    "the broker takes it at its next start; verifiers who do not read the log "
	    "need this line%s:\n%s\n",
	    r->argv[0], done.old_name, ROTATION_FILE,
	    done.trusted ? " (it was added to trust)" : "", buf_cstr(&line));
	buf_clear(&line);
	return STATUS_OK;
}
