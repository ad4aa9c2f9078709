/* Exit statuses that Broker gives beside the command's own. */
#ifndef LIB_MODEL_STATUS_H
#define LIB_MODEL_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_USAGE = 64,	 /* not a command Broker knows, or a usage error */
	STATUS_UNREACHABLE = 69, /* the target, STS or AWS could not be reached */
	STATUS_FAILED = 70,	 /* Broker itself failed; the session was stopped */
	STATUS_HELD = 75,	 /* held and not waited for, or the approval expired */
	STATUS_DENIED = 77,	 /* denied by policy or an approver */
};

#endif
