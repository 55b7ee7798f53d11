/* GNUstep's NSUserDefaults, driven as keeper.py drives a store: a line says what, n and gap. */

#import <Foundation/Foundation.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

int main(void) {
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    NSUserDefaults *defaults = [NSUserDefaults standardUserDefaults];
    NSMutableArray *keys = [NSMutableArray array];
    char line[200], what[40];
    long n, gap, value = 0;

    for (int i = 0; i < 200; i++) {
        [keys addObject:[NSString stringWithFormat:@"key %d", i]];
        [defaults setInteger:i forKey:[keys objectAtIndex:i]];
    }

    [defaults synchronize];
    puts("\"ready\"");
    fflush(stdout);

    while (fgets(line, sizeof line, stdin)) {
        NSAutoreleasePool *inner = [NSAutoreleasePool new];

        if (sscanf(line, "[\"%39[a-z]\", %ld, %ld", what, &n, &gap) != 3)
            return 1;

        value += 100000;

        if (!strcmp(what, "read")) {
            long chunks = n / 20;
            long long *found = calloc(chunks, sizeof *found);

            for (long c = 0; c < chunks; c++) {
                long long start = now();

                for (int i = 0; i < 20; i++)
                    [defaults objectForKey:[keys objectAtIndex:i]];

                found[c] = now() - start;
            }

            qsort(found, chunks, sizeof *found, by_size);
            printf("%.1f\n", found[chunks / 2] / 20.0);
            free(found);
        } else if (!strcmp(what, "burst")) {
            long long start = now();

            for (long i = 0; i < n; i++)
                [defaults setInteger:value + i forKey:[keys objectAtIndex:i % 100]];

            printf("%.1f\n", (now() - start) / (double)n);
            [defaults synchronize];
        } else {
            printf("[");

            for (long i = 0; i < n; i++) {
                struct timeval pause = {0, gap};
                select(0, NULL, NULL, NULL, &pause);
                long long start = now();
                [defaults setInteger:value + i forKey:[keys objectAtIndex:i % 200]];
                printf("%s%lld", i ? ", " : "", now() - start);
            }

            puts("]");
            [defaults synchronize];
        }

        fflush(stdout);
        [inner release];
    }

    [pool release];
    return 0;
}
