// Instructions for which Swift has no word. They are compiled into the loops that use them.
#ifndef SVERTKA_CINSTRUCTIONS_H
#define SVERTKA_CINSTRUCTIONS_H

#define SVERTKA_INLINE static inline __attribute__((always_inline))

/// A hint that memory will be read: brings the line that `place` lies in to the second-level cache. Any address is
/// allowed.
SVERTKA_INLINE void svertka_prefetch(const void *place) { __builtin_prefetch(place, 0, 2); }

typedef float svertka_vector __attribute__((ext_vector_type(16)));

/// Lane by lane the larger, and the smaller, of `bound` and `value`; `value` where one of them is not a number. Swift
/// compares and selects instead, which is two instructions or more where the processor has one.
SVERTKA_INLINE svertka_vector svertka_at_least(svertka_vector bound, svertka_vector value) {
    return bound > value ? bound : value;
}
SVERTKA_INLINE svertka_vector svertka_at_most(svertka_vector bound, svertka_vector value) {
    return bound < value ? bound : value;
}

#endif
