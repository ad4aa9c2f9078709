/* broker policy: check, try and compare policies, without a broker. */
#ifndef BROKER_CLI_CMD_POLICY_H
#define BROKER_CLI_CMD_POLICY_H

struct cli;

/* Exit status. */
int cmd_policy(const struct cli *cli, int argc, char **argv);

#endif
