/* broker keys init: the keys that recordings need. */
#ifndef BROKER_CLI_CMD_KEYS_H
#define BROKER_CLI_CMD_KEYS_H

struct cli;

/* Exit status. */
int cmd_keys(const struct cli *cli, int argc, char **argv);

#endif
