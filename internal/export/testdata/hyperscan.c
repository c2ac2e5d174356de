/*
 * Scans files for expressions with Hyperscan, and prints the path of a file once for each
 * expression that matches in it:
 *
 *   hyperscan EXPRESSION... -- FILE...
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int matched(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *path) {
	printf("%s\n", (char *)path);
	return 0;
}

static char *content(const char *path, size_t *length) {
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(2);
	}
	fseek(file, 0, SEEK_END);
	*length = ftell(file);
	rewind(file);
	char *data = malloc(*length + 1);
	if (fread(data, 1, *length, file) != *length) {
		perror(path);
		exit(2);
	}
	fclose(file);
	return data;
}

int main(int argc, char **argv) {
	int expressions = 0;
	while (1 + expressions < argc && strcmp(argv[1 + expressions], "--") != 0) {
		expressions++;
	}
	for (int i = 0; i < expressions; i++) {
		hs_database_t *database;
		hs_compile_error_t *wrong;
		/* Where a match starts has to be known as well, to report it. */
		if (hs_compile(argv[1 + i], HS_FLAG_SOM_LEFTMOST, HS_MODE_BLOCK, NULL, &database, &wrong) != HS_SUCCESS) {
			fprintf(stderr, "%s: %s\n", argv[1 + i], wrong->message);
			return 1;
		}
		hs_free_database(database);
		if (hs_compile(argv[1 + i], HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, NULL, &database, &wrong) != HS_SUCCESS) {
			fprintf(stderr, "%s: %s\n", argv[1 + i], wrong->message);
			return 1;
		}
		hs_scratch_t *scratch = NULL;
		if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
			fprintf(stderr, "no memory to scan with\n");
			return 2;
		}
		for (int f = 2 + expressions; f < argc; f++) {
			size_t length;
			char *data = content(argv[f], &length);
			/* Nothing is scanned in an empty file. */
			if (length > 0 && hs_scan(database, data, length, 0, scratch, matched, argv[f]) != HS_SUCCESS) {
				fprintf(stderr, "%s: not scanned\n", argv[f]);
				return 2;
			}
			free(data);
		}
		hs_free_scratch(scratch);
		hs_free_database(database);
	}
	return 0;
}
