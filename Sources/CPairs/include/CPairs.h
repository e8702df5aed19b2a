// Products of byte pairs, which no Swift vector type offers: one instruction where the processor has it.
#ifndef SVERTKA_CPAIRS_H
#define SVERTKA_CPAIRS_H

typedef long long svertka_v32 __attribute__((vector_size(32), aligned(32)));

/// For each of 16 lanes: a[2i]·b[2i] + a[2i + 1]·b[2i + 1], with a unsigned and b signed bytes.
/// The caller keeps the sums inside 16 bits.
#if defined(__AVX2__)
#include <immintrin.h>
static inline __attribute__((always_inline)) svertka_v32 svertka_pair_products(svertka_v32 a, svertka_v32 b) {
    return (svertka_v32)_mm256_maddubs_epi16((__m256i)a, (__m256i)b);
}
#else
typedef unsigned char svertka_u8 __attribute__((vector_size(32)));
typedef signed char svertka_i8 __attribute__((vector_size(32)));
typedef short svertka_i16 __attribute__((vector_size(32)));
static inline __attribute__((always_inline)) svertka_v32 svertka_pair_products(svertka_v32 a, svertka_v32 b) {
    svertka_u8 x = (svertka_u8)a;
    svertka_i8 y = (svertka_i8)b;
    svertka_i16 sum;
    for (int i = 0; i < 16; i++) sum[i] = (short)(x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1]);
    return (svertka_v32)sum;
}
#endif

#endif
