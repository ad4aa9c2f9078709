/* A place to fetch credentials from: the stand-in of tests/support/metadata_standin.py,
 * a loop and an HTTP handle. */
#ifndef TESTS_VAULT_SCENE_H
#define TESTS_VAULT_SCENE_H

#include <jansson.h>

#include "broker/vault/fetch.h"
#include "lib/base/http.h"
#include "lib/base/loop.h"
#include "tests/support/server.h"

struct scene {
	struct server server;
	struct loop *loop;
	struct http *http;
	char endpoint[64];   /* "http://127.0.0.1:PORT" */
	char connect_to[64]; /* the whole world leads there */
	const char *connect_list[1];
	char token_file[128];
	struct hints hints;
	struct fetch_how how; /* points to all of these */
};

void scene_open(struct scene *s, enum fetch_source source);
void scene_close(struct scene *s);
/* Replace a file of the stand-in's folder: "world", "plan", or one of ours. */
void scene_write(const struct scene *s, const char *name, const char *text);
/* The log's lines as an array, yours. */
json_t *scene_log(const struct scene *s);
/* How many lines it has. */
size_t scene_asked(const struct scene *s);
/* A string of line i of the log (from 0, or from the end if negative); "" if it is
 * null.  Good until the next call. */
const char *scene_said(const struct scene *s, int i, const char *key);
/* Turn the loop until *count is at least this, for at most so long. */
void scene_turn(struct scene *s, const unsigned *count, unsigned least, unsigned ms);

#endif
