/* A plain main for a fuzz target: replays the files named in argv, or all files of
 * a folder named there, and prints TAP.  What a target must not do is crash. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST (4u << 20)

static unsigned count;

static void
replay_file(const char *path)
{
	uint8_t *data = malloc(MOST), *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL || data == NULL) {
		printf("not ok %u - %s\n", ++count, path);
		exit(1);
	}
	n = fread(data, 1, MOST, f);
	fclose(f);
	/* An allocation of the exact size lets a sanitizer see one byte too far. */
	if ((exact = malloc(n ? n : 1)) == NULL)
		exit(1);
	memcpy(exact, data, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	free(data);
	printf("ok %u - %s\n", ++count, path);
	fflush(stdout);
}

static void
replay_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[4096];

	if (d == NULL)
		exit(1);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		replay_file(name);
	}
	closedir(d);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("1..%u\n", count);
	return count > 0 ? 0 : 1;
}
