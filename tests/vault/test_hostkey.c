#include "tests/support/unit.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/vault/hostkey.h"

struct place {
	char folder[64];
	char path[128];
	char public[160];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strcpy(p->folder, "/tmp/hostkey.XXXXXX");
	if (mkdtemp(p->folder) == NULL)
		return -1;
	snprintf(p->path, sizeof p->path, "%s/key", p->folder);
	snprintf(p->public, sizeof p->public, "%s.pub", p->path);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	unlink(p->public);
	if (rmdir(p->folder) != 0)
		return -1; /* a temporary file was left behind */
	free(p);
	return 0;
}

static void
put_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
first_start_makes_a_key_and_the_next_finds_it(void **state)
{
	struct place *p = *state;
	struct hostkey *a = NULL, *b = NULL;
	struct err err = { "" };
	struct stat st;

	assert_int_equal(hostkey_open(p->path, &a, &err), RC_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(p->public, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(hostkey_open(p->path, &b, &err), RC_OK);
	assert_string_equal(hostkey_fingerprint(a), hostkey_fingerprint(b));
	assert_true(span_eq(hostkey_blob(a), hostkey_blob(b)));
	assert_memory_equal(hostkey_public(a), hostkey_public(b), 32);
	hostkey_free(a);
	hostkey_free(b);
}

static void
a_key_is_never_replaced(void **state)
{
	struct place *p = *state;
	struct hostkey *a = NULL;
	struct err err = { "" };
	char back[16] = "";
	FILE *f;

	put_file(p->path, "precious", 0600);
	assert_int_equal(hostkey_make(p->path, &a, &err), RC_REFUSE);
	f = fopen(p->path, "r");
	assert_int_equal(fread(back, 1, 15, f), 8);
	fclose(f);
	assert_string_equal(back, "precious");
}

static void
signatures_verify(void **state)
{
	struct place *p = *state;
	struct hostkey *k = NULL;
	struct err err = { "" };
	uint8_t sig[HOSTKEY_SIGNATURE];
	EVP_PKEY *pub;
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	assert_int_equal(hostkey_open(p->path, &k, &err), RC_OK);
	assert_int_equal(hostkey_sign(k, span_of("some bytes"), sig, &err), RC_OK);
	pub =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, hostkey_public(k), 32);
	assert_int_equal(EVP_DigestVerifyInit(c, NULL, NULL, NULL, pub), 1);
	assert_int_equal(
	    EVP_DigestVerify(c, sig, sizeof sig, (const uint8_t *)"some bytes", 10), 1);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(pub);
	hostkey_free(k);
}

static void
what_ssh_keygen_makes_is_read(void **state)
{
	struct place *p = *state;
	struct hostkey *k = NULL;
	struct err err = { "" };
	char cmd[512], line[256] = "";
	FILE *f;

	snprintf(cmd, sizeof cmd,
	    "ssh-keygen -q -t ed25519 -N '' -C '' -f %s && ssh-keygen -lf %s", p->path,
	    p->path);
	assert_non_null(f = popen(cmd, "r"));
	assert_non_null(fgets(line, sizeof line, f));
	assert_int_equal(pclose(f), 0);
	assert_int_equal(hostkey_load(p->path, &k, &err), RC_OK);
	assert_non_null(strstr(line, hostkey_fingerprint(k)));
	hostkey_free(k);
}

static void
ssh_keygen_reads_what_is_made(void **state)
{
	struct place *p = *state;
	struct hostkey *k = NULL;
	struct err err = { "" };
	char cmd[512], line[256] = "";
	FILE *f;

	assert_int_equal(hostkey_make(p->path, &k, &err), RC_OK);
	/* -y derives the public half from the private one. */
	snprintf(cmd, sizeof cmd, "ssh-keygen -yf %s | cmp - %s && ssh-keygen -lf %s",
	    p->path, p->public, p->public);
	assert_non_null(f = popen(cmd, "r"));
	assert_non_null(fgets(line, sizeof line, f));
	assert_int_equal(pclose(f), 0);
	assert_non_null(strstr(line, hostkey_fingerprint(k)));
	hostkey_free(k);
}

/* Each row makes a file that must not be used. */
static void
bad_files_are_refused(void **state)
{
	static const struct {
		const char *make; /* a shell line; $K is the path */
		const char *says;
	} rows[] = {
		{ ":", "No such file" },
		{ "mkdir $K.d && ln -s $K.d $K", "host key" },
		{ "ssh-keygen -q -t ed25519 -N '' -f $K && chmod 640 $K", "mode 0640" },
		{ "ssh-keygen -q -t ed25519 -N '' -f $K && chmod 604 $K", "mode 0604" },
		{ "ssh-keygen -q -t ed25519 -N secret -f $K", "encrypted" },
		{ "ssh-keygen -q -t ecdsa -N '' -f $K", "Ed25519" },
		{ "ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f $K", "not an OpenSSH" },
		{ "umask 77; : >$K", "not an OpenSSH" },
		{ "umask 77; head -c 100000 /dev/zero >$K", "too many" },
		{ "umask 77; mkfifo $K", "plain file" },
	};
	struct place *p = *state;

	setenv("K", p->path, 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct hostkey *k = NULL;
		struct err err = { "" };
		char cmd[512];

		snprintf(cmd, sizeof cmd, "%s", rows[i].make);
		assert_int_equal(system(cmd), 0);
		assert_int_equal(hostkey_load(p->path, &k, &err), RC_REFUSE);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu says: %s", i, err.text);
		assert_null(k);
		assert_int_equal(system("rm -rf $K $K.pub $K.d"), 0);
	}
}

/* Two keys' halves in one file: the check numbers fit, the halves do not. */
static void
mixed_halves_are_refused(void **state)
{
	struct place *p = *state;
	struct hostkey *k = NULL;
	struct err err = { "" };

	setenv("K", p->path, 1);
	/* The middle of the armoured text of one key in the frame of another. */
	assert_int_equal(
	    system("for n in 1 2; do ssh-keygen -q -t ed25519 -N '' -C '' -f "
		   "$K.$n; done; umask 77; { sed -n 1,4p $K.1; "
		   "sed -n '5,$p' $K.2; } >$K; rm -f $K.[12] $K.[12].pub"),
	    0);
	assert_int_equal(hostkey_load(p->path, &k, &err), RC_REFUSE);
	assert_null(k);
}

static void
a_folder_that_is_missing_is_said(void **state)
{
	struct hostkey *k = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(hostkey_open("/nonexistent/dir/key", &k, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "/nonexistent/dir/key"));
	assert_null(k);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_start_makes_a_key_and_the_next_finds_it),
		T(a_key_is_never_replaced),
		T(signatures_verify),
		T(what_ssh_keygen_makes_is_read),
		T(ssh_keygen_reads_what_is_made),
		T(bad_files_are_refused),
		T(mixed_halves_are_refused),
		T(a_folder_that_is_missing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
