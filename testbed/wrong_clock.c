/* Loaded before a process (LD_PRELOAD), lets its calendar's clock be wrong by CLOCK_OFFSET seconds. Other clocks stay. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    static long long offset;
    if (!real) {
        const char *told = getenv("CLOCK_OFFSET");
        offset = told ? atoll(told) : 0;
        real = dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(clock, now);
    if (!result && clock == CLOCK_REALTIME)
        now->tv_sec += offset;
    return result;
}
