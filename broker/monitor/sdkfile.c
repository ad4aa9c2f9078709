/* Files of keys that the monitor makes itself; see sdkfile.h. */
#include "broker/monitor/sdkfile.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "recorder/textfile.h"

/* Named only when it is whole: a start that is cut short must leave no half of one. */
static enum rc
write_whole(int dir, const char *name, struct span text, struct err *err)
{
	char fresh[NAME_MAX];
	enum rc rc;

	if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", name) >= sizeof fresh)
		return err_set(err, RC_REFUSE, "the name is too long");
	(void)unlinkat(dir, fresh, 0);
	if ((rc = textfile_write(dir, fresh, 0600, text, err)) != RC_OK)
		return rc;
	if (linkat(dir, fresh, dir, name, 0) != 0)
		rc = err_errno(err, RC_FAIL, "link %s", name);
	(void)unlinkat(dir, fresh, 0);
	if (rc == RC_OK && fsync(dir) != 0)
		rc = err_errno(err, RC_FAIL, "fsync its folder");
	return rc;
}

static enum rc
store(const char *path, struct span text, struct err *err)
{
	char folder[PATH_MAX], name[PATH_MAX];
	enum rc rc;
	int dir;

	/* Both functions of libgen may change what they are given. */
	if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder)
		return err_set(err, RC_REFUSE, "the path is too long");
	snprintf(name, sizeof name, "%s", path);
	dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_errno(err, RC_FAIL, "open its folder");
	rc = write_whole(dir, basename(name), text, err);
	close(dir);
	return rc;
}

enum rc
sdkfile_open(const char *path, size_t most, sdkfile_make_fn *make, struct secret **ret,
    struct err *err)
{
	struct buf text;
	enum rc rc = textfile_read(path, TEXTFILE_PRIVATE, most, ret, err);

	if (rc != RC_END)
		return rc;
	buf_init(&text, most);
	rc = make(&text, err);
	if (rc == RC_OK && !buf_ok(&text))
		rc = err_memory(err);
	if (rc == RC_OK)
		rc = store(path, buf_span(&text), err);
	buf_clear(&text);
	if (rc != RC_OK) {
		err_add(err, "make %s", path);
		return rc;
	}
	return textfile_read(path, TEXTFILE_PRIVATE, most, ret, err);
}
