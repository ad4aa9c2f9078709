/* Private keys between their markers, however their lines end, and what is none. */
#include "tests/mask/rows.h"

#define BASE64 "A-Za-z0-9+/"
#define LINES 3
#define WIDTH 64

static const char *const kinds[] = { "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY",
	"ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY",
	"PGP PRIVATE KEY BLOCK" };

/* Between two lines, and where the text ends: escapes are SHADOW_BREAKs here. */
static const struct frame {
	const char *before, *line, *end, *after;
} frames[] = {
	{ "", "\n", "\n", "\n$ " },
	{ "a\r\n", "\r\n", "\r\n", "\r\n$ " },
	{ "{\"k\":\"", "\x1e", "\x1e", "\x1e\",\"b\":1}" },
	{ "{\\\"k\\\":\\\"", "\x1e\x1e", "\x1e\x1e", "\\\"}" },
	{ "  key: |\n    ", "\n    ", "\n    ", "\n  other: 1\n" },
	{ "> ", "\n> ", "\n> ", "\n> text" },
	{ "> > ", "\r\n> > ", "\r\n> > ", "\r\n" },
	{ "+", "\n+", "\n", "\n" },
	{ "KEY='", " ", " ", "'" },
	{ "KEY=\"", "", "", "\"" },
	{ "k = \"", "\x1e\" +\n  \"", "\x1e\" +\n  \"", "\";" },
	{ "<k>", "&#10;", "&#10;", "</k>" },
	{ "|  k  |  ", "  |\n|     |  ", "  |\n|     |  ", "  |\n" },
};

static const char *
key(const struct frame *f, const char *kind, unsigned seed, size_t last)
{
	return rows_text("%s-----BEGIN %s-----%s%s%s%s%s%s%s-----END %s-----%s",
	    f->before, kind, f->line, rows_random(BASE64, WIDTH, seed), f->line,
	    rows_random(BASE64, WIDTH, seed + 1), f->line,
	    rows_random("A-Za-z0-9+", last, seed + 2), f->end, kind, f->after);
}

static void
in_all_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(frames); i++)
		for (size_t k = 0; k < ROWS(kinds); k++) {
			const struct frame *f = &frames[i];
			const char *in = key(f, kinds[k], (unsigned)(i + k),
			    k % 3 == 0	 ? WIDTH
			    : k % 3 == 1 ? 2
					 : 31);
			/* The sign of an added line is a character of base64, too. */
			const char *line = f->before[0] == '+' ? "\n" : f->line;

			rows_one(armor_build, in,
			    rows_text("%s-----BEGIN %s-----%s[MASKED:private-key]%s"
				      "-----END %s-----%s",
				f->before, kinds[k], line, f->end, kinds[k], f->after));
		}
}

#define LINE1 "MIIEpAIBAAKCAQEA0Zk1xQ9mJ8sT4vB2nL6wE3rY7uI5oP1aS9dF8gH2jK4lZ6xC"
#define LINE2 "V7bN3mQ1wE5rT9yU2iO6pA4sD8fG1hJ3kL7zX5cV9bN2mQ6wE4rT8yU1iO3pA7sD"

static const struct mask_row rows[] = {
	/* clang-format off */
	/* Heads of bodies. */
	{ "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011223344\n\n"
	  LINE1 "\nabc=\n-----END RSA PRIVATE KEY-----\n",
	  "-----BEGIN RSA PRIVATE KEY-----\n[MASKED:private-key]\n-----END RSA PRIVATE KEY-----\n" },
	{ "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\nComment: of a test\n\n" LINE1 "\n"
	  LINE2 "\n=AbCd\n-----END PGP PRIVATE KEY BLOCK-----\n",
	  "-----BEGIN PGP PRIVATE KEY BLOCK-----\n[MASKED:private-key]\n-----END PGP PRIVATE KEY BLOCK-----\n" },
	{ "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"a\"\n" LINE1 "\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
	  "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n[MASKED:private-key]\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n" },
	{ "-----BEGIN OpenVPN Static key V1-----\n0123456789abcdef0123456789abcdef\n0123456789abcdef0123456789abcdef\n"
	  "-----END OpenVPN Static key V1-----",
	  "-----BEGIN OpenVPN Static key V1-----\n[MASKED:private-key]\n-----END OpenVPN Static key V1-----" },
	{ "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: c\nPublic-Lines: 1\nAAAAB3NzaC1yc2E\n"
	  "Private-Lines: 3\r\n" LINE1 "\r\n" LINE2 "\r\nAbC=\r\nPrivate-MAC: 00ff\r\n",
	  "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: c\nPublic-Lines: 1\nAAAAB3NzaC1yc2E\n"
	  "Private-Lines: 3\r\n[MASKED:private-key]\r\nPrivate-MAC: 00ff\r\n" },
	{ "Private-Lines: 2\n" LINE1 "\n" LINE2 "\nPrivate-MAC: 00ff\n",
	  "Private-Lines: 2\n[MASKED:private-key]\nPrivate-MAC: 00ff\n" },
	/* One line; URL-encoded; a short body. */
	{ "-----BEGIN PRIVATE KEY-----" LINE1 LINE2 "AbC=-----END PRIVATE KEY-----",
	  "-----BEGIN PRIVATE KEY-----[MASKED:private-key]-----END PRIVATE KEY-----" },
	{ "k=-----BEGIN+PRIVATE+KEY-----%0D%0A" LINE1 "%0D%0AMIIEpAIBAAKC%2BAQEA%3D%3D%0D%0A-----END+PRIVATE+KEY-----",
	  "k=-----BEGIN+PRIVATE+KEY-----%0D%0A[MASKED:private-key]%0D%0A-----END+PRIVATE+KEY-----" },
	{ "k=-----BEGIN%20PRIVATE%20KEY-----%0A" LINE1 "%0A-----END%20PRIVATE%20KEY-----",
	  "k=-----BEGIN%20PRIVATE%20KEY-----%0A[MASKED:private-key]%0A-----END%20PRIVATE%20KEY-----" },
	{ "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
	  "-----BEGIN EC PRIVATE KEY-----\n[MASKED:private-key]\n-----END EC PRIVATE KEY-----" },
	/* A line taken away by a diff. */
	{ "------BEGIN PRIVATE KEY-----\n-" LINE1 "\n-" LINE2 "\n------END PRIVATE KEY-----\n",
	  "------BEGIN PRIVATE KEY-----\n-[MASKED:private-key]\n------END PRIVATE KEY-----\n" },
	/* As tools show a file. */
	{ "     1\t-----BEGIN PRIVATE KEY-----\n     2\t" LINE1 "\n     3\tMIIEpAIB\n     4\t-----END PRIVATE KEY-----\n",
	  "     1\t-----BEGIN PRIVATE KEY-----\n     2\t[MASKED:private-key]\n     4\t-----END PRIVATE KEY-----\n" },
	{ "7:-----BEGIN PRIVATE KEY-----\n8-" LINE1 "\n9-" LINE2 "\n10-MIIEpAIB\n11------END PRIVATE KEY-----\n",
	  "7:-----BEGIN PRIVATE KEY-----\n8-[MASKED:private-key]\n11------END PRIVATE KEY-----\n" },
	{ "-----BEGIN PRIVATE KEY-----$\n" LINE1 "$\n" LINE2 "$\nMIIE$\n-----END PRIVATE KEY-----$\n",
	  "-----BEGIN PRIVATE KEY-----$\n[MASKED:private-key]$\n-----END PRIVATE KEY-----$\n" },
	{ "-----BEGIN PRIVATE KEY-----^M$\n" LINE1 "^M$\nMIIE^M$\n-----END PRIVATE KEY-----^M$\n",
	  "-----BEGIN PRIVATE KEY-----^M$\n[MASKED:private-key]^M$\n-----END PRIVATE KEY-----^M$\n" },
	{ "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n0Zk1xQ9mJ8sT4vB2\nnL6wE3rY7uI5oP1a\nS9dF\n-----END PRIVATE KEY-----\n",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n-----END PRIVATE KEY-----\n" },
	/* No end of it. */
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n" LINE2 "\n$ ls\nfile\n",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n$ ls\nfile\n" },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n" LINE2 "\nuser@host:~$ ",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\nuser@host:~$ " },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\nMIIEpAIB\nsh-5.1$ ls",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\nsh-5.1$ ls" },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\nMIIEpAIB0$ ls",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]$ ls" },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n" LINE2, "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]" },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n-rw-r--r-- 1 u u 12 key\ntotal 12\n",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n-rw-r--r-- 1 u u 12 key\ntotal 12\n" },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\nab\nls\nhello\n", "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\nls\nhello\n" },
	/* Two, one behind the other. */
	{ "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n" LINE2
	  "\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n" LINE2 "\n-----END PRIVATE KEY-----\n",
	  "-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\n" LINE2
	  "\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n[MASKED:private-key]\n-----END PRIVATE KEY-----\n" },
	/* None. */
	{ "-----BEGIN CERTIFICATE-----\n" LINE1 "\n" LINE2 "\n-----END CERTIFICATE-----\n", NULL },
	{ "-----BEGIN PUBLIC KEY-----\n" LINE1 "\n-----END PUBLIC KEY-----\n", NULL },
	{ "-----BEGIN RSA PUBLIC KEY-----\n" LINE1 "\n-----END RSA PUBLIC KEY-----\n", NULL },
	{ "-----BEGIN CERTIFICATE REQUEST-----\n" LINE1 "\n-----END CERTIFICATE REQUEST-----\n", NULL },
	{ "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" LINE1 "\n-----END PGP PUBLIC KEY BLOCK-----\n", NULL },
	{ "-----BEGIN PGP MESSAGE-----\n\n" LINE1 "\n-----END PGP MESSAGE-----\n", NULL },
	{ "$ grep -r -- '-----BEGIN PRIVATE KEY-----' src\n", NULL },
	{ "$ grep -c \"-----BEGIN RSA PRIVATE KEY-----\" key\n$ ", NULL },
	{ "A line \"-----BEGIN PRIVATE KEY-----\" begins it.\n", NULL },
	{ "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n", NULL },
	{ "-----BEGIN PRIVATE KEY-----\n<yours>\n-----END PRIVATE KEY-----\n", NULL },
	{ "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", NULL },
	{ "-----BEGIN PRIVATE KEY-----\n$ ls\n", NULL },
	{ "-----BEGIN PRIVATE KEY-----", NULL },
	{ "-----BEGIN PRIVATE KEY", NULL },
	{ "-----BEGIN PRIVATE KEY--", NULL },
	{ "-----BEGIN ", NULL },
	{ "-----BEGIN a line of dashes with PRIVATE words that goes on and on for more than a marker may-----\n" LINE1 "\n", NULL },
	{ "Private-Lines: many\n" LINE1 "\n", NULL },
	{ "Private-Lines:\n", NULL },
	{ "Private-Lines: 14", NULL },
	/* clang-format on */
};

static void
bodies(void **state)
{
	(void)state;
	rows_check(armor_build, rows, ROWS(rows));
}

/* A hundred lines: nothing is waited for to its end. */
static void
long_body(void **state)
{
	static char in[8192];
	size_t n = (size_t)snprintf(in, sizeof in, "-----BEGIN RSA PRIVATE KEY-----\n");

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(
		    in + n, sizeof in - n, "%s\n", rows_random(BASE64, WIDTH, i));
	snprintf(in + n, sizeof in - n, "-----END RSA PRIVATE KEY-----\n");
	rows_one(armor_build, in,
	    "-----BEGIN RSA PRIVATE KEY-----\n[MASKED:private-key]\n"
	    "-----END RSA PRIVATE KEY-----\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_all_frames),
		cmocka_unit_test(bodies),
		cmocka_unit_test(long_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
