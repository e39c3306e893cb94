/* Trees of files made by a test at run time, for names that git carries badly and for files that change. */
#ifndef CMON_TESTS_TREE_H
#define CMON_TESTS_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TREE_TEMPLATE "/tmp/cmon-test-XXXXXX"

/* directory: TREE_TEMPLATE in an array. */
static inline void tree_make(char *directory)
{
	assert_non_null(mkdtemp(directory));
}

static inline int tree_remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

static inline void tree_remove(const char *directory)
{
	assert_int_equal(nftw(directory, tree_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Make the directories above a path below the tree; with a slash at its end, the path too. */
static inline void tree_directory(const char *directory, const char *path, char *full, size_t size)
{
	assert_true(snprintf(full, size, "%s/%s", directory, path) < (int)size);
	for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
}

static inline void tree_mkdir(const char *directory, const char *path)
{
	char full[512], with_slash[512];

	assert_true(snprintf(with_slash, sizeof(with_slash), "%s/", path) < (int)sizeof(with_slash));
	tree_directory(directory, with_slash, full, sizeof(full));
}

static inline void tree_write(const char *directory, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	tree_directory(directory, path, full, sizeof(full));
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#endif
