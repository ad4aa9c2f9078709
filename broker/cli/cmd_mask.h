/* broker mask: put text through the masking of secrets, without a broker. */
#ifndef BROKER_CLI_CMD_MASK_H
#define BROKER_CLI_CMD_MASK_H

struct cli;

/* Exit status. */
int cmd_mask(const struct cli *cli, int argc, char **argv);

#endif
