/* broker keys recipient, sign, check: the list of those who open new recordings; see
 * keysrequest.h. */
#include "broker/cli/keysrequest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"
#include "lib/model/status.h"
#include "recorder/b64.h"
#include "recorder/recipients.h"
#include "recorder/textfile.h"

#define SOON_DAYS 30

/* ---- recipient ---- */

/* From a private key, or from a line that somebody was given. */
static enum rc
public_of(const char *path, struct recipient *ret, struct err *err)
{
	struct recipient list[RECIPIENTS_MAX];
	struct secret *text = NULL;
	struct keyfile *k = NULL;
	struct buf line;
	size_t n = 0;
	enum rc rc;

	if ((rc = textfile_read(
		 path, TEXTFILE_PUBLIC, RECIPIENTS_TEXT_MAX, &text, err)) != RC_OK)
		return rc;
	buf_init(&line, RECIPIENTS_TEXT_MAX);
	if (!span_starts(secret_span(text), "hoop-key ")) {
		buf_span_put(&line, secret_span(text));
	} else if ((rc = keysrequest_auditor(path, &k, err)) == RC_OK) {
		recipients_public_put(k, &line);
		keyfile_free(k);
	}
	if (rc == RC_OK &&
	    (rc = recipients_named(buf_span(&line), list, &n, err)) == RC_OK && n != 1)
		rc = err_set(err, RC_REFUSE, "%s: more than one key", path);
	if (rc == RC_OK)
		*ret = list[0];
	secret_free(text);
	buf_clear(&line);
	return rc;
}

int
keyslist_recipient(const struct keys_request *r)
{
	struct recipient one;
	struct err err = { "" };
	struct buf line;
	int status;
	enum rc rc;

	if (r->epoch == NULL || r->not_after == NULL)
		return keysrequest_fail(
		    "--epoch and --not-after are needed", STATUS_USAGE);
	if ((rc = public_of(r->argv[0], &one, &err)) != RC_OK)
		return keysrequest_judge(rc, &err);
	if (!span_copy(span_of(r->epoch), one.epoch, sizeof one.epoch) ||
	    !span_copy(span_of(r->not_after), one.not_after, sizeof one.not_after) ||
	    (r->label != NULL &&
		!span_copy(span_of(r->label), one.label, sizeof one.label)))
		return keysrequest_fail(
		    "a label, epoch or date is too long", STATUS_USAGE);
	buf_init(&line, 1024);
	recipients_line_put(&one, &line);
	/* What a list would refuse is not printed. */
	rc = recipients_line(span_make(line.p, line.len - 1), &one, &err);
	status =
	    rc == RC_OK ? keysrequest_put(r, 0644, &line) : keysrequest_judge(rc, &err);
	buf_clear(&line);
	return status;
}

/* ---- sign ---- */

int
keyslist_sign(const struct keys_request *r)
{
	struct keyfile *admin = NULL;
	struct secret *text = NULL;
	struct err err = { "" };
	struct buf out;
	enum rc rc;
	int status;

	if (r->admin == NULL)
		return keysrequest_fail("--admin is missing", STATUS_USAGE);
	buf_init(&out, RECIPIENTS_TEXT_MAX);
	if ((rc = keyfile_load(KEYFILE_ADMIN, r->admin, NULL, &admin, &err)) == RC_OK &&
	    (rc = textfile_read(r->argv[0], TEXTFILE_PUBLIC, RECIPIENTS_TEXT_MAX, &text,
		 &err)) == RC_OK &&
	    (rc = recipients_sign(secret_span(text), admin, r->now_ms, &out, &err)) !=
		RC_OK)
		err_add(&err, "%s", r->argv[0]);
	status =
	    rc == RC_OK ? keysrequest_put(r, 0644, &out) : keysrequest_judge(rc, &err);
	buf_clear(&out);
	secret_free(text);
	keyfile_free(admin);
	return status;
}

/* ---- check ---- */

/* The key itself, or a file with it, as `init` makes one. */
static enum rc
admin_key(const char *word, uint8_t pk[32], struct err *err)
{
	struct secret *text = NULL;
	struct span rest, line;
	enum rc rc;

	if (b64_fixed(span_of(word), pk, 32))
		return RC_OK;
	if ((rc = textfile_read(word, TEXTFILE_PUBLIC, 256, &text, err)) != RC_OK)
		return rc;
	rest = secret_span(text);
	if (!textfile_line(&rest, &line) || rest.len > 0 || !b64_fixed(line, pk, 32))
		rc =
		    err_set(err, RC_REFUSE, "%s: not the base64 of a public key", word);
	secret_free(text);
	return rc;
}

static void
put_json(const struct recipients *list, const struct keys_request *r)
{
	json_t *all = json_array(), *o;
	char kid[17], digest[65], *text;

	for (size_t i = 0; i < recipients_count(list); i++) {
		const struct recipient *one = recipients_at(list, i);

		id_hex(one->kid, 8, kid);
		json_array_append_new(all,
		    json_pack("{s:s, s:s, s:s, s:s, s:I}", "label", one->label, "epoch",
			one->epoch, "kid", kid, "not_after", one->not_after, "days",
			(json_int_t)recipients_days(one, r->now_ms)));
	}
	id_hex(recipients_digest(list), 32, digest);
	o = json_pack(
	    "{s:s, s:s, s:o}", "list", r->argv[0], "sha256", digest, "recipients", all);
	text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	puts(text != NULL ? text : "{}");
	free(text);
	json_decref(o);
}

static void
put_text(const struct recipients *list, const struct keys_request *r)
{
	char kid[17];

	for (size_t i = 0; i < recipients_count(list); i++) {
		const struct recipient *one = recipients_at(list, i);

		id_hex(one->kid, 8, kid);
		printf("recipient %s, epoch %s, kid %s, until %s (%ld days)\n",
		    one->label, one->epoch, kid, one->not_after,
		    recipients_days(one, r->now_ms));
	}
}

int
keyslist_check(const struct keys_request *r)
{
	struct recipients *list = NULL;
	struct secret *text = NULL;
	struct err err = { "" };
	uint8_t pk[32];
	long days;
	enum rc rc;

	if (r->admin == NULL)
		return keysrequest_fail("--admin is missing", STATUS_USAGE);
	if ((rc = admin_key(r->admin, pk, &err)) == RC_OK &&
	    (rc = textfile_read(r->argv[0], TEXTFILE_PUBLIC, RECIPIENTS_TEXT_MAX, &text,
		 &err)) == RC_OK &&
	    (rc = recipients_parse(secret_span(text), pk, r->now_ms, &list, &err)) !=
		RC_OK)
		err_add(&err, "%s", r->argv[0]);
	secret_free(text);
	if (rc != RC_OK)
		return keysrequest_judge(rc, &err);
	days = recipients_days(recipients_soonest(list), r->now_ms);
	if (r->json)
		put_json(list, r);
	else
		put_text(list, r);
	if (days < SOON_DAYS)
		fprintf(stderr,
		    "broker: %s expires in %ld days: nothing can be recorded then\n",
		    recipients_soonest(list)->label, days);
	recipients_free(list);
	return STATUS_OK;
}
