/* Capabilities by the bare system calls: two of them are not worth a library. */
#include "broker/launch/privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap) (1u << (cap))
#define KEPT (BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL))

static int
set_caps(uint32_t caps)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { .effective = caps,
	    .permitted = caps } };

	return (int)syscall(SYS_capset, &head, data);
}

enum rc
privilege_settle(bool wanted, struct err *err)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (!wanted)
		return privilege_drop(err);
	if (syscall(SYS_capget, &head, data) != 0 || (data[0].permitted & KEPT) != KEPT)
		return err_set(err, RC_REFUSE, "the rights to set ids are missing");
	/* Ambient ones go with the inheritable ones. */
	if (set_caps(KEPT) != 0)
		return err_errno(err, RC_FAIL, "keep three capabilities");
	return RC_OK;
}

enum rc
privilege_drop(struct err *err)
{
	return set_caps(0) == 0 ? RC_OK : err_errno(err, RC_FAIL, "drop capabilities");
}

/* Nothing that is started later may get others back. */
static enum rc
shrink_bounding_set(struct err *err)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((cap >= 32 || (KEPT & BIT(cap)) == 0) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return err_errno(err, RC_FAIL, "drop capability %lu", cap);
	return RC_OK;
}

enum rc
privilege_keep(uint32_t uid, uint32_t gid, struct err *err)
{
	enum rc rc;

	if (uid == 0 || gid == 0)
		return err_set(err, RC_FAIL, "refuse to stay root");
	if ((rc = shrink_bounding_set(err)) != RC_OK)
		return rc;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return err_errno(err, RC_FAIL, "become uid %u", uid);
	if (set_caps(KEPT) != 0 || prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "keep three capabilities");
	return RC_OK;
}
