/* Children for unit tests; see server.h. */
#include "tests/support/unit.h"

#include "tests/support/server.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS 16

static void
run(const char *script, const char *const *argv, const char *folder, int in, int out)
{
	const char *args[ARGS + 3] = { "/usr/bin/python3", NULL };
	static char path[4096], text[ARGS][256];
	const char *top = getenv("top_srcdir");
	size_t n = 2;

	snprintf(path, sizeof path, "%s/tests/support/%s", top ? top : ".", script);
	args[1] = path;
	for (size_t i = 0; argv[i] != NULL && i < ARGS; i++) {
		snprintf(text[i], sizeof text[i], "%s%s",
		    argv[i][0] == '@' ? folder : "", argv[i] + (argv[i][0] == '@'));
		args[n++] = text[i];
	}
	dup2(in, 0);
	dup2(out, 1);
	close_range(3, ~0u, 0);
	execv(args[0], (char *const *)args);
	_exit(127);
}

static void
write_seed(const struct server *s, const char *seed)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/seed.json", s->folder);
	assert_non_null(f = fopen(path, "w"));
	fputs(seed, f);
	fclose(f);
}

void
server_open(
    struct server *s, const char *script, const char *const *argv, const char *seed)
{
	int in[2], out[2];
	FILE *f;

	snprintf(s->folder, sizeof s->folder, "/tmp/broker-test-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->ca, sizeof s->ca, "%s/ca.pem", s->folder);
	if (seed != NULL)
		write_seed(s, seed);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	if ((s->pid = fork()) == 0)
		run(script, argv, s->folder, in[0], out[1]);
	assert_true(s->pid > 0);
	close(in[0]);
	close(out[1]);
	s->keep = in[1];
	assert_non_null(f = fdopen(out[0], "r"));
	assert_int_equal(fscanf(f, "port %u", &s->port), 1);
	fclose(f);
}

void
server_close(struct server *s)
{
	char path[512];
	struct dirent *e;
	DIR *d;

	close(s->keep);
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	if ((d = opendir(s->folder)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", s->folder, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	closedir(d);
	rmdir(s->folder);
}
