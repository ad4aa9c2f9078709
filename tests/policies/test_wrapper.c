#include "tests/support/unit.h"

#include "lib/base/buf.h"
#include "policies/wrapper.h"

#define MOST_WORDS 32

/* A line of words parted by blanks; _ is the empty word, and a * in a word is live. */
struct line {
	char text[256];
	uint8_t live[256];
	struct shell_word words[MOST_WORDS];
	size_t n;
};

static void
cut(struct line *l, const char *text)
{
	char *p = l->text;

	assert_true(strlen(text) < sizeof l->text);
	memset(l, 0, sizeof *l);
	strcpy(l->text, text);
	for (char *w = strtok(p, " "); w != NULL; w = strtok(NULL, " ")) {
		struct shell_word *out = &l->words[l->n++];
		size_t at = (size_t)(w - l->text);

		assert_true(l->n <= MOST_WORDS);
		if (strcmp(w, "_") == 0)
			*w = '\0';
		*out = (struct shell_word){ .text = w, .len = strlen(w), .at = at };
		for (size_t i = 0; w[i]; i++)
			l->live[at + i] = w[i] == '*';
		if (strchr(w, '*') != NULL)
			out->live = l->live + at;
	}
}

/* "timeout 5 > sudo -u app (root) > cat x +": links, each but the last a wrapper; @USER
 * behind a link that runs as somebody, + behind one that more words follow. */
static const char *
show(const struct wrapper_chain *c, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < c->n; i++) {
		const struct wrapper_link *l = &c->links[i];

		assert_true(l->n > 0);
		assert_int_equal(l->wrapper, i + 1 < c->n);
		buf_text(out, i > 0 ? " > " : "");
		for (size_t j = 0; j < l->n; j++) {
			buf_text(out, j > 0 ? " " : "");
			buf_text(out, l->words[j].len ? l->words[j].text : "_");
		}
		if (l->run_as != NULL)
			buf_printf(out, " @%s", l->run_as);
		if (l->open)
			buf_text(out, " +");
	}
	return buf_cstr(out);
}

static const char *
reason(enum shell_reason r)
{
	switch (r) {
	case SHELL_FINE:
		return "";
	case SHELL_WRAPPER:
		return "wrapper";
	case SHELL_INTERPRETER:
		return "interpreter";
	case SHELL_ASSIGNMENT:
		return "assignment";
	default:
		return "?";
	}
}

static const struct {
	const char *line, *why;
	int at;
	const char *chain; /* NULL: the line, as one link */
} rows[] = {
	/* Nothing to take apart. */
	{ "cat x", "", 0, NULL },
	{ "/bin/cat x", "", 0, NULL },
	{ "Sudo ls", "", 0, NULL },
	{ "sudoku ls", "", 0, NULL },
	{ "cd /", "", 0, NULL },
	{ "find / -exec rm {} ;", "", 0, NULL },
	{ "awk x", "", 0, NULL },
	{ "docker exec c sh", "", 0, NULL },
	{ "kubectl exec p -- sh", "", 0, NULL },
	{ "echo sudo rm", "", 0, NULL },
	{ "sha256sum x", "", 0, NULL },
	{ "7z x", "", 0, NULL },
	{ "_ x", "", 0, NULL },
	{ "kill -9 1", "", 0, NULL },
	/* timeout */
	{ "timeout 5 cat x", "", 0, "timeout 5 > cat x" },
	{ "timeout 5s cat x", "", 0, "timeout 5s > cat x" },
	{ "timeout 1.5m cat x", "", 0, "timeout 1.5m > cat x" },
	{ "timeout 0 cat", "", 0, "timeout 0 > cat" },
	{ "timeout 2h cat", "", 0, "timeout 2h > cat" },
	{ "timeout 2d cat", "", 0, "timeout 2d > cat" },
	{ "/usr/bin/timeout 5 cat x", "", 0, "/usr/bin/timeout 5 > cat x" },
	{ "timeout -k 5 10 cat", "", 0, "timeout -k 5 10 > cat" },
	{ "timeout -k5 10 cat", "", 0, "timeout -k5 10 > cat" },
	{ "timeout -s KILL 10 cat", "", 0, "timeout -s KILL 10 > cat" },
	{ "timeout -sTERM -k 1s 10 cat", "", 0, "timeout -sTERM -k 1s 10 > cat" },
	{ "timeout -s 9 1 cat", "", 0, "timeout -s 9 1 > cat" },
	{ "timeout --signal=INT 1 cat", "", 0, "timeout --signal=INT 1 > cat" },
	{ "timeout --signal INT 1 cat", "", 0, "timeout --signal INT 1 > cat" },
	{ "timeout --kill-after=5 1 cat", "", 0, "timeout --kill-after=5 1 > cat" },
	{ "timeout --kill-after 5 1 cat", "", 0, "timeout --kill-after 5 1 > cat" },
	{ "timeout -- 5 cat -x", "", 0, "timeout -- 5 > cat -x" },
	{ "timeout -k 1 -- 5 cat", "", 0, "timeout -k 1 -- 5 > cat" },
	{ "timeout", "wrapper", 0, NULL },
	{ "timeout 5", "wrapper", 1, NULL },
	{ "timeout -k 5", "wrapper", 2, NULL },
	{ "timeout -k", "wrapper", 1, NULL },
	{ "timeout --", "wrapper", 1, NULL },
	{ "timeout cat x", "wrapper", 1, "timeout cat > x" },
	{ "timeout -5 cat x", "wrapper", 1, NULL },
	{ "timeout 5x cat", "wrapper", 1, "timeout 5x > cat" },
	{ "timeout 5. cat", "wrapper", 1, "timeout 5. > cat" },
	{ "timeout .5 cat", "wrapper", 1, "timeout .5 > cat" },
	{ "timeout 5ss cat", "wrapper", 1, "timeout 5ss > cat" },
	{ "timeout inf cat", "wrapper", 1, "timeout inf > cat" },
	{ "timeout 1e3 cat", "wrapper", 1, "timeout 1e3 > cat" },
	{ "timeout 0x5 cat", "wrapper", 1, "timeout 0x5 > cat" },
	{ "timeout 1234567890 cat", "wrapper", 1, "timeout 1234567890 > cat" },
	{ "timeout _ cat", "wrapper", 1, "timeout _ > cat" },
	{ "timeout 5* cat", "wrapper", 1, NULL },
	{ "timeout -k 5* 1 cat", "wrapper", 1, NULL },
	{ "timeout -k x 1 cat", "wrapper", 1, "timeout -k x 1 > cat" },
	{ "timeout -s -1 1 cat", "wrapper", 1, "timeout -s -1 1 > cat" },
	{ "timeout --sig=INT 1 cat", "wrapper", 1, NULL },
	{ "timeout --foreground 1 cat", "wrapper", 1, NULL },
	{ "timeout --preserve-status 1 cat", "wrapper", 1, NULL },
	{ "timeout -v 1 cat", "wrapper", 1, NULL },
	{ "timeout --help", "wrapper", 1, NULL },
	{ "timeout 5 -- cat", "wrapper", 2, NULL },
	{ "timeout 5 -x cat", "wrapper", 2, NULL },
	{ "timeout 5 c*t x", "wrapper", 2, NULL },
	{ "timeout 5 _ x", "wrapper", 2, NULL },
	{ "timeout 5 A=b cat", "wrapper", 2, NULL },
	{ "timeout 5 /a/b=c", "wrapper", 2, NULL },
	{ "timeout 5 cd /", "wrapper", 2, "timeout 5 > cd /" },
	{ "timeout 5 : x", "wrapper", 2, "timeout 5 > : x" },
	{ "timeout 5 echo x", "", 0, "timeout 5 > echo x" },
	{ "timeout 5 cat x*", "", 0, "timeout 5 > cat x*" },
	{ "timeout 5 cat -- -x", "", 0, "timeout 5 > cat -- -x" },
	/* A known name in a place where anything could be. */
	{ "./timeout 5 rm x", "wrapper", 0, "./timeout 5 > rm x" },
	{ "/tmp/sudo rm x", "wrapper", 0, "/tmp/sudo > rm x @root" },
	{ "/usr/../bin/sudo rm x", "wrapper", 0, "/usr/../bin/sudo > rm x @root" },
	{ "//bin/sudo rm x", "wrapper", 0, "//bin/sudo > rm x @root" },
	{ "/bin/./sudo rm x", "wrapper", 0, "/bin/./sudo > rm x @root" },
	/* nice */
	{ "nice cat", "", 0, "nice > cat" },
	{ "nice -n 5 cat", "", 0, "nice -n 5 > cat" },
	{ "nice -n5 cat", "", 0, "nice -n5 > cat" },
	{ "nice -n -5 cat", "", 0, "nice -n -5 > cat" },
	{ "nice -n +5 cat", "", 0, "nice -n +5 > cat" },
	{ "nice --adjustment=5 cat", "", 0, "nice --adjustment=5 > cat" },
	{ "nice --adjustment 5 cat", "", 0, "nice --adjustment 5 > cat" },
	{ "nice -- cat", "", 0, "nice -- > cat" },
	{ "nice -n 5 -- cat", "", 0, "nice -n 5 -- > cat" },
	{ "nice", "wrapper", 0, NULL },
	{ "nice -10 cat", "wrapper", 1, NULL },
	{ "nice --10 cat", "wrapper", 1, NULL },
	{ "nice -n x cat", "wrapper", 1, "nice -n x > cat" },
	{ "nice -n=5 cat", "wrapper", 1, "nice -n=5 > cat" },
	{ "nice --adj=5 cat", "wrapper", 1, NULL },
	{ "nice - cat", "wrapper", 1, NULL },
	{ "nice -- -x", "wrapper", 2, NULL },
	{ "nice -n 12345 cat", "wrapper", 1, "nice -n 12345 > cat" },
	/* ionice */
	{ "ionice cat", "", 0, "ionice > cat" },
	{ "ionice -c 3 cat", "", 0, "ionice -c 3 > cat" },
	{ "ionice -c3 cat", "", 0, "ionice -c3 > cat" },
	{ "ionice -c idle cat", "", 0, "ionice -c idle > cat" },
	{ "ionice -c2 -n 7 cat", "", 0, "ionice -c2 -n 7 > cat" },
	{ "ionice -p 1", "wrapper", 1, NULL },
	{ "ionice -c3 -p1", "wrapper", 2, NULL },
	{ "ionice -c3p1", "wrapper", 1, NULL },
	{ "ionice -c 4 cat", "wrapper", 1, "ionice -c 4 > cat" },
	{ "ionice -t cat", "wrapper", 1, NULL },
	{ "ionice --class idle cat", "wrapper", 1, NULL },
	{ "ionice", "wrapper", 0, NULL },
	/* stdbuf */
	{ "stdbuf -oL cat", "", 0, "stdbuf -oL > cat" },
	{ "stdbuf -o L -e 0 cat", "", 0, "stdbuf -o L -e 0 > cat" },
	{ "stdbuf -i0 -o4K cat", "", 0, "stdbuf -i0 -o4K > cat" },
	{ "stdbuf -o 1M cat", "", 0, "stdbuf -o 1M > cat" },
	{ "stdbuf -oX cat", "wrapper", 1, "stdbuf -oX > cat" },
	{ "stdbuf --output=L cat", "wrapper", 1, NULL },
	{ "stdbuf -oL", "wrapper", 1, NULL },
	{ "stdbuf -o", "wrapper", 1, NULL },
	/* time */
	{ "time cat", "", 0, "time > cat" },
	{ "time -- cat", "", 0, "time -- > cat" },
	{ "time -p cat", "wrapper", 1, NULL },
	{ "time -o x cat", "wrapper", 1, NULL },
	{ "time -ox cat", "wrapper", 1, NULL },
	{ "time --output=x cat", "wrapper", 1, NULL },
	{ "time", "wrapper", 0, NULL },
	/* nohup, setsid and their like are read for deny rules alone. */
	{ "nohup rm x", "wrapper", 0, "nohup > rm x" },
	{ "setsid rm x", "wrapper", 0, "setsid > rm x" },
	{ "setsid -f rm x", "wrapper", 0, NULL },
	{ "nohup", "wrapper", 0, NULL },
	{ "unbuffer rm x", "wrapper", 0, "unbuffer > rm x" },
	{ "chronic rm x", "wrapper", 0, "chronic > rm x" },
	/* env */
	{ "env cat x", "", 0, "env > cat x" },
	{ "env -- cat x", "", 0, "env -- > cat x" },
	{ "/usr/bin/env cat x", "", 0, "/usr/bin/env > cat x" },
	{ "env", "wrapper", 0, NULL },
	{ "env --", "wrapper", 1, NULL },
	{ "env - cat", "wrapper", 1, NULL },
	{ "env -0", "wrapper", 1, NULL },
	{ "env -i rm x", "wrapper", 1, "env -i > rm x" },
	{ "env -u PATH rm x", "wrapper", 1, "env -u PATH > rm x" },
	{ "env -iu PATH rm x", "wrapper", 1, "env -iu PATH > rm x" },
	{ "env --unset=PATH rm x", "wrapper", 1, "env --unset=PATH > rm x" },
	{ "env -C / rm x", "wrapper", 1, "env -C / > rm x" },
	{ "env -S rm", "wrapper", 1, NULL },
	{ "env -Srm cat", "wrapper", 1, NULL },
	{ "env --split-string=rm cat", "wrapper", 1, NULL },
	{ "env -vS rm", "wrapper", 1, NULL },
	{ "env --argv0=x rm", "wrapper", 1, NULL },
	{ "env A=b rm x", "assignment", 1, "env A=b > rm x" },
	{ "env A=b C=d rm x", "assignment", 1, "env A=b C=d > rm x" },
	{ "env /a=b rm x", "assignment", 1, "env /a=b > rm x" },
	{ "env A=b", "assignment", 1, NULL },
	{ "env -- A=b rm", "assignment", 2, "env -- A=b > rm" },
	{ "env -i A=b rm", "wrapper", 1, "env -i A=b > rm" },
	{ "env A*=b rm", "wrapper", 1, NULL },
	/* sudo */
	{ "sudo ls", "", 0, "sudo > ls @root" },
	{ "sudo -u app ls -l", "", 0, "sudo -u app > ls -l @app" },
	{ "sudo -uapp ls", "", 0, "sudo -uapp > ls @app" },
	{ "sudo -u app -- ls", "", 0, "sudo -u app -- > ls @app" },
	{ "sudo -- ls", "", 0, "sudo -- > ls @root" },
	{ "/usr/bin/sudo -u www-data ls", "", 0,
	    "/usr/bin/sudo -u www-data > ls @www-data" },
	{ "sudo", "wrapper", 0, NULL },
	{ "sudo -u", "wrapper", 1, NULL },
	{ "sudo -u app", "wrapper", 2, NULL },
	{ "sudo -i", "wrapper", 1, NULL },
	{ "sudo -s", "wrapper", 1, NULL },
	{ "sudo -i ls", "wrapper", 1, NULL },
	{ "sudo -s ls", "wrapper", 1, NULL },
	{ "sudo -e /etc/x", "wrapper", 1, NULL },
	{ "sudo -l", "wrapper", 1, NULL },
	{ "sudo -v", "wrapper", 1, NULL },
	{ "sudo -A ls", "wrapper", 1, NULL },
	{ "sudo -b ls", "wrapper", 1, NULL },
	{ "sudo -h host ls", "wrapper", 1, NULL },
	{ "sudo -p x ls", "wrapper", 1, NULL },
	{ "sudo -E ls", "wrapper", 1, "sudo -E > ls @root" },
	{ "sudo -H ls", "wrapper", 1, "sudo -H > ls @root" },
	{ "sudo -n ls", "wrapper", 1, "sudo -n > ls @root" },
	{ "sudo -R / ls", "wrapper", 1, "sudo -R / > ls @root" },
	{ "sudo -D / ls", "wrapper", 1, "sudo -D / > ls @root" },
	{ "sudo -g x ls", "wrapper", 1, "sudo -g x > ls @root" },
	{ "sudo -Eu app ls", "wrapper", 1, "sudo -Eu app > ls @app" },
	{ "sudo -iu app ls", "wrapper", 1, NULL },
	{ "sudo --user=app ls", "wrapper", 1, "sudo --user=app > ls @app" },
	{ "sudo --user app ls", "wrapper", 1, "sudo --user app > ls @app" },
	{ "sudo --preserve-env ls", "wrapper", 1, NULL },
	{ "sudo --host=x ls", "wrapper", 1, NULL },
	{ "sudo -u a -u b ls", "wrapper", 3, "sudo -u a -u b > ls @b" },
	{ "sudo -u #0 ls", "wrapper", 1, "sudo -u #0 > ls @#0" },
	{ "sudo -u#-1 ls", "wrapper", 1, "sudo -u#-1 > ls @#-1" },
	{ "sudo -u %wheel ls", "wrapper", 1, "sudo -u %wheel > ls @%wheel" },
	{ "sudo -u 0 ls", "wrapper", 1, "sudo -u 0 > ls @0" },
	{ "sudo -u -x ls", "wrapper", 1, "sudo -u -x > ls @-x" },
	{ "sudo -u a* ls", "wrapper", 1, NULL },
	{ "sudo -u _ ls", "wrapper", 1, "sudo -u _ > ls @" },
	{ "sudo -uapp,root ls", "wrapper", 1, "sudo -uapp,root > ls @app,root" },
	{ "sudo A=b ls", "assignment", 1, "sudo A=b > ls @root" },
	{ "sudo -u app A=b ls", "assignment", 3, "sudo -u app A=b > ls @app" },
	{ "sudo cd /", "wrapper", 1, "sudo > cd / @root" },
	{ "sudo - ls", "wrapper", 1, NULL },
	{ "sudoedit /etc/x", "wrapper", 0, NULL },
	{ "sudo sudoedit /etc/x", "wrapper", 1, "sudo > sudoedit /etc/x @root" },
	{ "sudo su", "wrapper", 1, "sudo > su @root" },
	{ "sudo -u app sudo ls", "", 0, "sudo -u app > sudo @app > ls @root" },
	/* doas */
	{ "doas ls", "", 0, "doas > ls @root" },
	{ "doas -u app ls", "", 0, "doas -u app > ls @app" },
	{ "doas -u 0 ls", "wrapper", 1, "doas -u 0 > ls @0" },
	{ "doas -s", "wrapper", 1, NULL },
	{ "doas -C x ls", "wrapper", 1, NULL },
	{ "doas -n ls", "wrapper", 1, "doas -n > ls @root" },
	{ "doas A=b ls", "assignment", 1, "doas A=b > ls @root" },
	{ "doas", "wrapper", 0, NULL },
	/* command and what else only shells have */
	{ "command ls", "", 0, "command > ls" },
	{ "command -- ls", "", 0, "command -- > ls" },
	{ "command cd /", "", 0, "command > cd /" },
	{ "command command cd /", "", 0, "command > command > cd /" },
	{ "command -v ls", "", 0, NULL },
	{ "command -v l*", "wrapper", 1, NULL },
	{ "command -v", "wrapper", 1, NULL },
	{ "command -v ls cat", "wrapper", 1, NULL },
	{ "command -V ls", "wrapper", 1, NULL },
	{ "command -pv ls", "wrapper", 1, NULL },
	{ "command -p ls", "wrapper", 1, "command -p > ls" },
	{ "command", "wrapper", 0, NULL },
	{ "timeout 5 command ls", "wrapper", 2, "timeout 5 > command > ls" },
	{ "timeout 5 command -v ls", "wrapper", 2, "timeout 5 > command -v ls" },
	{ "command timeout 5 cd /", "wrapper", 3, "command > timeout 5 > cd /" },
	{ "builtin cd /", "wrapper", 0, "builtin > cd /" },
	{ "exec rm x", "wrapper", 0, "exec > rm x" },
	{ "exec -a x rm", "wrapper", 0, NULL },
	{ "exec", "wrapper", 0, NULL },
	{ "eval rm", "wrapper", 0, NULL },
	{ "source x", "wrapper", 0, NULL },
	{ ". x", "wrapper", 0, NULL },
	{ "command eval rm", "wrapper", 1, "command > eval rm" },
	{ "noglob rm x", "wrapper", 0, "noglob > rm x" },
	{ "- rm x", "wrapper", 0, NULL },
	/* xargs */
	{ "xargs cat", "", 0, "xargs > cat +" },
	{ "xargs -0 cat -n", "", 0, "xargs -0 > cat -n +" },
	{ "xargs -r cat", "", 0, "xargs -r > cat +" },
	{ "xargs -n 5 cat", "", 0, "xargs -n 5 > cat +" },
	{ "xargs -n5 cat", "", 0, "xargs -n5 > cat +" },
	{ "xargs -0rn5 cat", "", 0, "xargs -0rn5 > cat +" },
	{ "xargs -0 -r -n 1 -- cat", "", 0, "xargs -0 -r -n 1 -- > cat +" },
	{ "xargs timeout 5 cat", "", 0, "xargs > timeout 5 > cat +" },
	{ "timeout 5 xargs cat", "", 0, "timeout 5 > xargs > cat +" },
	{ "xargs", "wrapper", 0, NULL },
	{ "xargs -0", "wrapper", 1, NULL },
	{ "xargs -n cat", "wrapper", 1, NULL },
	{ "xargs -n x cat", "wrapper", 1, "xargs -n x > cat +" },
	{ "xargs -I {} cat {}", "wrapper", 1, "xargs -I {} > cat {} +" },
	{ "xargs -i cat", "wrapper", 1, NULL },
	{ "xargs -P 4 cat", "wrapper", 1, "xargs -P 4 > cat +" },
	{ "xargs -a f cat", "wrapper", 1, "xargs -a f > cat +" },
	{ "xargs -t cat", "wrapper", 1, "xargs -t > cat +" },
	{ "xargs --null cat", "wrapper", 1, NULL },
	{ "xargs --max-args=1 cat", "wrapper", 1, NULL },
	{ "xargs env", "wrapper", 1, "xargs > env +" },
	{ "xargs sudo", "wrapper", 1, "xargs > sudo +" },
	{ "xargs timeout 5", "wrapper", 2, "xargs > timeout 5 +" },
	{ "xargs nice -n", "wrapper", 2, "xargs > nice -n +" },
	{ "xargs sh -c x", "interpreter", 1, "xargs > sh -c x +" },
	{ "xargs python3 --version", "interpreter", 1, "xargs > python3 --version +" },
	/* Others' strings */
	{ "su", "wrapper", 0, NULL },
	{ "su -c ls app", "wrapper", 0, NULL },
	{ "runuser -u app ls", "wrapper", 0, NULL },
	{ "/bin/su - app", "wrapper", 0, NULL },
	/* Interpreters, with whatever */
	{ "sh", "interpreter", 0, NULL },
	{ "sh -c ls", "interpreter", 0, NULL },
	{ "sh x.sh", "interpreter", 0, NULL },
	{ "sh --version", "interpreter", 0, NULL },
	{ "/bin/sh -c ls", "interpreter", 0, NULL },
	{ "./bash -c ls", "interpreter", 0, NULL },
	{ "/opt/x/bash5 -c ls", "interpreter", 0, NULL },
	{ "bash --version", "", 0, NULL },
	{ "bash --version -c ls", "interpreter", 0, NULL },
	{ "python3 -c x", "interpreter", 0, NULL },
	{ "python3.11 -c x", "interpreter", 0, NULL },
	{ "python3.11-dbg x", "interpreter", 0, NULL },
	{ "python3 --version", "", 0, NULL },
	{ "python3 -V", "interpreter", 0, NULL },
	{ "python3 --version x", "interpreter", 0, NULL },
	{ "perl -e x", "interpreter", 0, NULL },
	{ "perl5.36 -e x", "interpreter", 0, NULL },
	{ "lua5.4 x", "interpreter", 0, NULL },
	{ "tclsh --version", "interpreter", 0, NULL },
	{ "busybox sh", "interpreter", 1, NULL },
	{ "busybox sh -c x", "interpreter", 1, NULL },
	{ "busybox /bin/ash", "interpreter", 1, NULL },
	{ "busybox ls", "", 0, NULL },
	{ "busybox rm x", "", 0, NULL },
	{ "busybox", "", 0, NULL },
	{ "toybox sh", "interpreter", 1, NULL },
	{ "timeout 5 sh", "interpreter", 2, "timeout 5 > sh" },
	{ "sudo bash", "interpreter", 1, "sudo > bash @root" },
	{ "env bash -c x", "interpreter", 1, "env > bash -c x" },
	{ "command sh", "interpreter", 1, "command > sh" },
	{ "sudo -u app nice -n 5 busybox sh", "interpreter", 7,
	    "sudo -u app > nice -n 5 @app > busybox sh @app" },
	/* Chains, and their depth */
	{ "sudo -u app timeout 5 cat x", "", 0,
	    "sudo -u app > timeout 5 @app > cat x @app" },
	{ "timeout 5 sudo -u app cat x", "", 0,
	    "timeout 5 > sudo -u app > cat x @app" },
	{ "nice nice nice nice cat", "", 0, "nice > nice > nice > nice > cat" },
	{ "nice nice nice nice nice cat", "wrapper", 4,
	    "nice > nice > nice > nice > nice cat" },
	{ "nice nice nice nice sh", "interpreter", 4,
	    "nice > nice > nice > nice > sh" },
	{ "nohup sudo rm x", "wrapper", 0, "nohup > sudo > rm x @root" },
	{ "nohup sh -c x", "wrapper", 0, "nohup > sh -c x" },
};

static void
commands_are_taken_apart(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct wrapper_chain c;
		struct line l;
		const char *want = rows[i].chain ? rows[i].chain : rows[i].line;
		const char *got;

		cut(&l, rows[i].line);
		memset(&c, 0xff, sizeof c);
		wrapper_unwrap(l.words, l.n, &c);
		got = show(&c, &b);
		/* One link stands for itself, whoever it would have run as. */
		if (strcmp(got, want) != 0)
			fail_msg("%s: %s", rows[i].line, got);
		if (strcmp(reason(c.undecidable), rows[i].why) != 0 ||
		    (int)c.at != rows[i].at)
			fail_msg("%s: \"%s\" at %zu", rows[i].line,
			    reason(c.undecidable), c.at);
		assert_int_equal(c.what != NULL, c.undecidable != SHELL_FINE);
	}
	buf_clear(&b);
}

static void
nothing_is_no_command(void **state)
{
	struct wrapper_chain c;

	(void)state;
	wrapper_unwrap(NULL, 0, &c);
	assert_int_equal(c.n, 0);
	assert_int_equal(c.undecidable, SHELL_WRAPPER);
}

/* Programs that run others and are never let through. */
static const char *const refused[] = { "watch", "script", "flock", "parallel", "expect",
	"tmux", "screen", "at", "batch", "crontab", "systemd-run", "chroot", "unshare",
	"nsenter", "setpriv", "capsh", "taskset", "chrt", "prlimit", "strace", "ltrace",
	"gdb", "start-stop-daemon", "run-parts", "unbuffer", "rlwrap", "chronic",
	"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "/lib/ld-2.31.so",
	"ld.so", "ssh", "scp", "sftp", "rsync", "su", "runuser", "source", "eval",
	"exec", "builtin", ".", "nohup", "setsid", "sudoedit", "pkexec", "sg", "newgrp",
	"fakeroot", "faketime", "gosu", "su-exec", "dtach", "valgrind", "hyperfine",
	"entr", "bwrap" };

static const char *const interpreters[] = { "sh", "bash", "dash", "zsh", "ksh", "ash",
	"mksh", "yash", "fish", "csh", "tcsh", "rbash", "python", "python2", "python3",
	"python3.12", "pypy3", "perl", "ruby", "ruby3.1", "irb", "node", "nodejs",
	"node18", "deno", "bun", "lua", "lua5.1", "luajit", "php", "php8.2", "tclsh",
	"tclsh8.6", "wish", "guile", "R", "Rscript", "julia", "jshell", "jrunscript",
	"groovy", "scala", "erl", "escript", "iex", "elixir", "ghci", "swipl", "pwsh",
	"xonsh", "ksh93", "lksh", "posh", "sbcl" };

static void
expect(const char *name, enum shell_reason why)
{
	struct line l;
	struct wrapper_chain c;
	char text[64];

	assert_true(wrapper_known(name));
	for (int form = 0; form < 3; form++) {
		static const char *const forms[] = { "%s", "%s ls -l", "sudo %s x" };

		snprintf(text, sizeof text, forms[form], name);
		cut(&l, text);
		wrapper_unwrap(l.words, l.n, &c);
		if (c.undecidable != why)
			fail_msg("%s: \"%s\"", text, reason(c.undecidable));
		assert_int_equal(c.at, form == 2);
	}
}

static void
programs_of_a_kind_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++)
		expect(refused[i], SHELL_WRAPPER);
	for (size_t i = 0; i < ROWS(interpreters); i++)
		expect(interpreters[i], SHELL_INTERPRETER);
}

static void
lint_knows_them(void **state)
{
	static const char *const known[] = { "sudo", "/usr/bin/sudo", "./sudo",
		"timeout", "nice", "ionice", "stdbuf", "time", "env", "doas", "command",
		"xargs", "busybox", "toybox" };
	static const char *const unknown[] = { "", "/", "ls", "find", "awk", "docker",
		"sudo/", "sud", "sh2ps-x/cat", "systemctl", "5", "-5", "ld", "cd" };

	(void)state;
	for (size_t i = 0; i < ROWS(known); i++)
		if (!wrapper_known(known[i]))
			fail_msg("%s", known[i]);
	for (size_t i = 0; i < ROWS(unknown); i++)
		if (wrapper_known(unknown[i]))
			fail_msg("%s", unknown[i]);
}

static void
names_have_a_base(void **state)
{
	static const struct {
		const char *name, *base, *bare;
	} names[] = {
		{ "cat", "cat", "cat" },
		{ "/bin/cat", "cat", "cat" },
		{ "/usr/bin/cat", "cat", "cat" },
		{ "/sbin/cat", "cat", "cat" },
		{ "/usr/sbin/cat", "cat", "cat" },
		{ "./cat", "cat", NULL },
		{ "/cat", "cat", NULL },
		{ "bin/cat", "cat", NULL },
		{ "/bin//cat", "cat", NULL },
		{ "//bin/cat", "cat", NULL },
		{ "/bin/./cat", "cat", NULL },
		{ "/usr/../bin/cat", "cat", NULL },
		{ "/usr/local/bin/cat", "cat", NULL },
		{ "/tmp/cat", "cat", NULL },
		{ "/Bin/cat", "cat", NULL },
		{ "/bin/", "", NULL },
		{ "/bin/..", "..", NULL },
		{ "/bin/.", ".", NULL },
		{ "", "", NULL },
		{ "/", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const char *bare = wrapper_bare(names[i].name);

		assert_string_equal(wrapper_base(names[i].name), names[i].base);
		assert_int_equal(bare != NULL, names[i].bare != NULL);
		if (bare != NULL)
			assert_string_equal(bare, names[i].bare);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_taken_apart),
		cmocka_unit_test(nothing_is_no_command),
		cmocka_unit_test(programs_of_a_kind_are_refused),
		cmocka_unit_test(lint_knows_them),
		cmocka_unit_test(names_have_a_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
