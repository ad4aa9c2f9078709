/* See scene.h. */
#include "tests/support/unit.h"

#include "tests/vault/scene.h"

#include "lib/base/clock.h"

void
scene_write(const struct scene *s, const char *name, const char *text)
{
	char path[256], temp[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", s->server.folder, name);
	snprintf(temp, sizeof temp, "%s/new-%s", s->server.folder, name);
	assert_non_null(f = fopen(temp, "w"));
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(temp, path), 0);
}

void
scene_open(struct scene *s, enum fetch_source source)
{
	static const char *const argv[] = { "@", NULL };
	struct err err;

	memset(s, 0, sizeof *s);
	server_open(&s->server, "metadata_standin.py", argv, NULL);
	assert_int_equal(loop_new(&s->loop, &err), RC_OK);
	assert_int_equal(http_new(s->loop, &s->http, &err), RC_OK);
	snprintf(
	    s->endpoint, sizeof s->endpoint, "http://127.0.0.1:%u", s->server.port);
	snprintf(s->connect_to, sizeof s->connect_to, "::127.0.0.1:%u", s->server.port);
	s->connect_list[0] = s->connect_to;
	snprintf(s->token_file, sizeof s->token_file, "%s/token", s->server.folder);
	s->how = (struct fetch_how){ .source = source,
		.hints = &s->hints,
		.region = "eu-west-1",
		.metadata = s->endpoint,
		.connect_to = s->connect_list,
		.n_connect_to = 1,
		.ca_file = s->server.ca };
}

void
scene_close(struct scene *s)
{
	http_free(s->http);
	loop_free(s->loop);
	server_close(&s->server);
}

json_t *
scene_log(const struct scene *s)
{
	static char line[65536];
	json_t *all = json_array();
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/log", s->server.folder);
	if ((f = fopen(path, "r")) == NULL)
		return all;
	while (fgets(line, sizeof line, f) != NULL)
		assert_int_equal(
		    json_array_append_new(all, json_loads(line, 0, NULL)), 0);
	fclose(f);
	return all;
}

size_t
scene_asked(const struct scene *s)
{
	json_t *log = scene_log(s);
	size_t n = json_array_size(log);

	json_decref(log);
	return n;
}

const char *
scene_said(const struct scene *s, int i, const char *key)
{
	static char text[32768];
	json_t *log = scene_log(s);
	size_t n = json_array_size(log);
	const char *value;

	value = json_string_value(json_object_get(
	    json_array_get(log, i < 0 ? n - (size_t)-i : (size_t)i), key));
	snprintf(text, sizeof text, "%s", value == NULL ? "" : value);
	json_decref(log);
	return text;
}

void
scene_turn(struct scene *s, const unsigned *count, unsigned least, unsigned ms)
{
	uint64_t end = clock_mono_ms() + ms;
	struct err err;

	while (*count < least && clock_mono_ms() < end)
		assert_int_equal(loop_step(s->loop, 20, &err), RC_OK);
}
