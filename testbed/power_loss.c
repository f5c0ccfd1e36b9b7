/* Loaded before a process (LD_PRELOAD), keeps apart what of its journal is on the disk for certain.
 *
 * A file whose name begins with JOURNAL is copied to the folder DISK whenever the process has synced it, and not before:
 * DISK is what a loss of power would leave. When the process puts a file named MACHINE in its place by renaming, DISK is
 * copied to DISK/told-<n> first: what was on the disk when the machine was told.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void copy(const char *from, const char *to)
{
    char buffer[65536];
    ssize_t got;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (out >= 0 && (got = read(in, buffer, sizeof buffer)) > 0)
        if (write(out, buffer, got) != got)
            abort();
    close(in);
    close(out);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void synced(int fd)
{
    char link[64], path[PATH_MAX], kept[PATH_MAX];
    const char *disk = getenv("DISK"), *journal = getenv("JOURNAL");
    if (!disk || !journal)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = 0;
    if (strncmp(name_of(path), journal, strlen(journal)))
        return;
    snprintf(kept, sizeof kept, "%s/%s", disk, name_of(path));
    copy(link, kept);
}

static void told(void)
{
    static int count;
    char folder[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    const char *disk = getenv("DISK");
    struct dirent *entry;
    snprintf(folder, sizeof folder, "%s/told-%d", disk, ++count);
    mkdir(folder, 0700);
    DIR *all = opendir(disk);
    while (all && (entry = readdir(all)))
        if (entry->d_type == DT_REG) {
            snprintf(from, sizeof from, "%s/%s", disk, entry->d_name);
            snprintf(to, sizeof to, "%s/%s", folder, entry->d_name);
            copy(from, to);
        }
    if (all)
        closedir(all);
}

int fsync(int fd)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int result = real(fd);
    if (!result)
        synced(fd);
    return result;
}

int fdatasync(int fd)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int result = real(fd);
    if (!result)
        synced(fd);
    return result;
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    const char *machine = getenv("MACHINE");
    if (getenv("DISK") && machine && !strcmp(name_of(to), machine))
        told();
    return real(from, to);
}
