/* broker keys show: what may be told of a key file; see keysrequest.h.  Never the private
 * half. */
#include "broker/cli/keysrequest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/recipients.h"
#include "recorder/rewrap.h"
#include "recorder/rotation.h"
#include "recorder/sha.h"
#include "recorder/textfile.h"
#include "recorder/trust.h"

#define TEXT_MOST 65536

static void
set_b64(json_t *o, const char *name, const uint8_t *p, size_t n)
{
	struct buf text;

	buf_init(&text, 256);
	b64_put(&text, span_make(p, n));
	json_object_set_new(o, name, json_string(buf_cstr(&text)));
	buf_clear(&text);
}

static void
set_hex(json_t *o, const char *name, const uint8_t *p, size_t n)
{
	char text[65];

	id_hex(p, n, text);
	json_object_set_new(o, name, json_string(text));
}

/* ---- the kinds ---- */

static enum rc
show_auditor(const struct keys_request *r, const char *path, json_t *o, struct err *err)
{
	struct keyfile *k = NULL;
	uint8_t kid[8], signer[32];
	struct buf line;
	enum rc rc;

	(void)r;
	if ((rc = keysrequest_auditor(path, &k, err)) != RC_OK)
		return rc;
	if ((rc = header_kid(keyfile_public(k), kid, err)) == RC_OK &&
	    (rc = rewrap_signer(k, signer, err)) == RC_OK) {
		buf_init(&line, 1024);
		recipients_public_put(k, &line);
		line.len--; /* the LF */
		json_object_set_new(o, "label", json_string(keyfile_label(k)));
		set_hex(o, "kid", kid, 8);
		set_b64(o, "public_key", keyfile_public(k), 32);
		json_object_set_new(o, "public_line", json_string(buf_cstr(&line)));
		set_b64(o, "rewrap_signer", signer, 32);
		buf_clear(&line);
	}
	keyfile_free(k);
	return rc;
}

static enum rc
show_signing(enum keyfile_kind kind, const char *path, json_t *o, struct err *err)
{
	struct keyfile *k = NULL;
	uint8_t id[8];
	enum rc rc;

	if ((rc = keyfile_load(kind, path, NULL, &k, err)) != RC_OK)
		return rc;
	if ((rc = trust_dkid(keyfile_public(k), id, err)) == RC_OK) {
		json_object_set_new(o, kind == KEYFILE_DEVICE ? "broker" : "label",
		    json_string(keyfile_label(k)));
		set_b64(o, "public_key", keyfile_public(k), 32);
		set_hex(o, "id", id, 8);
	}
	keyfile_free(k);
	return rc;
}

static enum rc
show_device(const struct keys_request *r, const char *path, json_t *o, struct err *err)
{
	(void)r;
	return show_signing(KEYFILE_DEVICE, path, o, err);
}

static enum rc
show_admin(const struct keys_request *r, const char *path, json_t *o, struct err *err)
{
	(void)r;
	return show_signing(KEYFILE_ADMIN, path, o, err);
}

static enum rc
show_recipients(
    const struct keys_request *r, const char *path, json_t *o, struct err *err)
{
	struct recipients *list = NULL;
	struct secret *text = NULL;
	json_t *all = json_array();
	uint8_t signer[32];
	enum rc rc;

	if ((rc = textfile_read(
		 path, TEXTFILE_PUBLIC, RECIPIENTS_TEXT_MAX, &text, err)) == RC_OK &&
	    (rc = recipients_look(secret_span(text), NULL, &list, signer, err)) ==
		RC_OK) {
		for (size_t i = 0; i < recipients_count(list); i++) {
			const struct recipient *one = recipients_at(list, i);
			json_t *row =
			    json_pack("{s:s, s:s, s:s, s:I}", "label", one->label,
				"epoch", one->epoch, "not_after", one->not_after,
				"days", (json_int_t)recipients_days(one, r->now_ms));

			set_hex(row, "kid", one->kid, 8);
			json_array_append_new(all, row);
		}
		set_b64(o, "signed_by", signer, 32);
		set_hex(o, "sha256", recipients_digest(list), 32);
		json_object_set(o, "recipients", all);
	}
	json_decref(all);
	recipients_free(list);
	secret_free(text);
	return rc;
}

static enum rc
show_lines(const struct keys_request *r, const char *path, json_t *o, struct err *err)
{
	struct secret *text = NULL;
	struct trust *trust = NULL;
	struct span rest, line;
	json_t *all = json_array();
	enum rc rc;

	(void)r;
	if ((rc = trust_load(path, &trust, err)) == RC_OK &&
	    (rc = textfile_read(path, TEXTFILE_PUBLIC, TRUST_TEXT_MAX, &text, err)) ==
		RC_OK) {
		rest = secret_span(text);
		textfile_line(&rest, &line);
		while (textfile_line(&rest, &line))
			json_array_append_new(
			    all, json_stringn((const char *)line.p, line.len));
		json_object_set(o, "keys", all);
	}
	json_decref(all);
	trust_free(trust);
	secret_free(text);
	return rc;
}

static const struct {
	const char *begins, *kind;
	enum rc (*show)(
	    const struct keys_request *, const char *, json_t *, struct err *);
} kinds[] = {
	{ "hoop-key ", "auditor", show_auditor },
	{ "hoop-device ", "device", show_device },
	{ "hoop-admin ", "admin", show_admin },
	{ "hoop-recipients ", "recipients", show_recipients },
	{ "hoop-trust ", "trust", show_lines },
};

/* ---- text ---- */

static void
put_member(const char *indent, const char *name, const json_t *v)
{
	if (json_is_string(v))
		printf("%s%s: %s\n", indent, name, json_string_value(v));
	else if (json_is_integer(v))
		printf("%s%s: %lld\n", indent, name, (long long)json_integer_value(v));
}

static void
put_list(const json_t *list)
{
	const char *name;
	json_t *one, *v;
	size_t i;

	json_array_foreach(list, i, one)
	{
		put_member("  ", "line", one);
		json_object_foreach(one, name, v) put_member(
		    name == NULL || strcmp(name, "label") == 0 ? "  " : "    ", name,
		    v);
	}
}

static void
put_text(const char *path, json_t *o)
{
	struct buf shown;
	const char *name;
	json_t *v;

	buf_init(&shown, 8 * 4096);
	text_show(&shown, span_of(path));
	printf("%s: %s\n", buf_cstr(&shown),
	    json_string_value(json_object_get(o, "kind")));
	buf_clear(&shown);
	json_object_foreach(o, name, v)
	{
		if (json_is_array(v))
			put_list(v);
		else if (strcmp(name, "kind") != 0)
			put_member("  ", name, v);
	}
}

static void
put(const struct keys_request *r, const char *path, json_t *o)
{
	char *text;

	if (!r->json) {
		put_text(path, o);
		return;
	}
	text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	puts(text != NULL ? text : "{}");
	free(text);
}

static enum rc
show(const struct keys_request *r, const char *path, struct err *err)
{
	struct secret *text = NULL;
	json_t *o;
	size_t i = 0;
	enum rc rc;

	if ((rc = textfile_read(path, TEXTFILE_PUBLIC, TEXT_MOST, &text, err)) != RC_OK)
		return rc;
	while (i < sizeof kinds / sizeof kinds[0] &&
	       !span_starts(secret_span(text), kinds[i].begins))
		i++;
	secret_free(text);
	if (i == sizeof kinds / sizeof kinds[0])
		return err_set(err, RC_REFUSE, "%s: not a key file", path);
	if ((o = json_pack("{s:s}", "kind", kinds[i].kind)) == NULL)
		return err_memory(err);
	if ((rc = kinds[i].show(r, path, o, err)) == RC_OK)
		put(r, path, o);
	json_decref(o);
	return rc;
}

int
keysshow_show(const struct keys_request *r)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	for (int i = 0; i < r->argc && rc == RC_OK; i++)
		rc = show(r, r->argv[i], &err);
	return keysrequest_judge(rc, &err);
}
