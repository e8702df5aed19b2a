// A hint that memory will be read, for which Swift has no word.
#ifndef SVERTKA_CPREFETCH_H
#define SVERTKA_CPREFETCH_H

/// Brings the line that `place` lies in to the second-level cache. Any address is allowed.
static inline __attribute__((always_inline)) void svertka_prefetch(const void *place) {
    __builtin_prefetch(place, 0, 2);
}

#endif
