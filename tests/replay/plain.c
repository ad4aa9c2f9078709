/* Plain asciicasts for tests; see plain.h. */
#include "tests/replay/plain.h"

#include "tests/support/unit.h"

#include <sys/mman.h>
#include <unistd.h>

int
plain_file(const char *text, size_t len)
{
	int fd = memfd_create("plain", MFD_CLOEXEC);

	assert_true(fd >= 0);
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		assert_true(n > 0);
		text += n;
		len -= (size_t)n;
	}
	return fd;
}

struct source *
plain_source(const char *text, size_t len, int *fd)
{
	struct source *s;
	struct proof proof;
	struct err err;

	*fd = plain_file(text, len);
	assert_int_equal(source_open(*fd, &s, &err), RC_OK);
	assert_true(source_plain(s));
	assert_int_equal(source_prove(s, NULL, &proof, &err), RC_OK);
	assert_int_equal(proof.code, PROOF_UNKNOWN);
	return s;
}
