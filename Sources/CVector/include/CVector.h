// Vector instructions that no Swift vector type offers, each with its definition for processors that lack it.
// Vectors have 64 bytes where the compiler may use AVX-512 with its integer dot products, else 32.
#ifndef SVERTKA_CVECTOR_H
#define SVERTKA_CVECTOR_H

#if defined(__AVX512BW__) && defined(__AVX512VNNI__)
#define SVERTKA_VECTOR_BYTES 64
#else
#define SVERTKA_VECTOR_BYTES 32
#endif
#define SVERTKA_INLINE static inline __attribute__((always_inline))

typedef int svertka_ints __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));
typedef float svertka_floats __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));
typedef unsigned short svertka_shorts __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));
typedef unsigned char svertka_half_bytes __attribute__((vector_size(SVERTKA_VECTOR_BYTES / 2), aligned(1)));

/// Of each number the whole part, towards zero, of `number * factor + term`, rounded once or twice on the way.
SVERTKA_INLINE svertka_ints svertka_scaled(svertka_ints numbers, svertka_floats factor, svertka_floats term) {
    return __builtin_convertvector(__builtin_convertvector(numbers, svertka_floats) * factor + term, svertka_ints);
}

/// Fetches the cache line at an address, which need not be one, to be read or to be written.
SVERTKA_INLINE void svertka_fetch(const void *address) { __builtin_prefetch(address); }
SVERTKA_INLINE void svertka_fetch_to_write(const void *address) { __builtin_prefetch(address, 1); }

/// The same for the second-level cache.
SVERTKA_INLINE void svertka_fetch_to_second_level(const void *address) { __builtin_prefetch(address, 0, 2); }

typedef float svertka_sixteen_floats __attribute__((ext_vector_type(16)));

/// Lane by lane the larger, and the smaller, of `bound` and `value`; `value` where one of them is not a number. Swift
/// compares and selects instead, which is two instructions or more where the processor has one.
SVERTKA_INLINE svertka_sixteen_floats svertka_at_least(svertka_sixteen_floats bound, svertka_sixteen_floats value) {
    return bound > value ? bound : value;
}
SVERTKA_INLINE svertka_sixteen_floats svertka_at_most(svertka_sixteen_floats bound, svertka_sixteen_floats value) {
    return bound < value ? bound : value;
}

/// sum + a·b with one rounding, where the processor has an instruction for it.
SVERTKA_INLINE svertka_floats svertka_added_product(svertka_floats sum, svertka_floats a, svertka_floats b) {
#ifdef __FMA__
    return sum + a * b;
#else
    for (int i = 0; i < SVERTKA_VECTOR_BYTES / 4; i++) sum[i] = __builtin_fmaf(a[i], b[i], sum[i]);
    return sum;
#endif
}

SVERTKA_INLINE svertka_floats svertka_sum(svertka_floats a, svertka_floats b) { return a + b; }

/// As many bytes as a vector has floats.
SVERTKA_INLINE svertka_floats svertka_widened(const void *source) {
    typedef unsigned char bytes __attribute__((vector_size(SVERTKA_VECTOR_BYTES / 4), aligned(1)));
    return __builtin_convertvector(*(const bytes *)source, svertka_floats);
}

#if SVERTKA_VECTOR_BYTES == 64
#include <immintrin.h>

/// For each lane: sum + a0·b0 + a1·b1 + a2·b2 + a3·b3, with a unsigned and b signed bytes.
SVERTKA_INLINE svertka_ints svertka_dot_products(svertka_ints sum, svertka_ints bytes, svertka_ints weights) {
    return (svertka_ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)bytes, (__m512i)weights);
}

// The transposition of a 4 x 4 square of 32-bit lanes; what works within 128-bit lanes leaves or wants this order.
SVERTKA_INLINE __m512i svertka_transposed(__m512i lanes) {
    return _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), lanes);
}

/// The nearest whole numbers, halves up; numbers above 255 become 255, and what is no number becomes negative.
SVERTKA_INLINE svertka_ints svertka_rounded(svertka_floats a) {
    // Of two numbers that have no smaller one the second is taken. A sum rounded down does not reach the next whole number.
    __m512 clipped = _mm512_min_ps(_mm512_set1_ps(255), (__m512)a);
    __m512 sum = _mm512_add_round_ps(clipped, _mm512_set1_ps(0.5f), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    return (svertka_ints)_mm512_cvttps_epi32(sum);
}

/// Stores the lanes of four vectors as bytes, clipped to 0...255.
SVERTKA_INLINE void svertka_store_bytes(void *target, svertka_ints a, svertka_ints b, svertka_ints c, svertka_ints d) {
    __m512i ab = _mm512_packs_epi32((__m512i)a, (__m512i)b);
    __m512i cd = _mm512_packs_epi32((__m512i)c, (__m512i)d);
    _mm512_storeu_si512(target, svertka_transposed(_mm512_packus_epi16(ab, cd)));
}

/// Puts the bytes of four rows that lie below each other side by side, as many as a vector has: 4 vectors are stored.
/// What lies a block further is fetched into the cache meanwhile.
SVERTKA_INLINE void svertka_interleave(
    void *target, const void *row0, const void *row1, const void *row2, const void *row3) {
    __builtin_prefetch((const char *)row0 + 1024);
    __builtin_prefetch((const char *)row1 + 1024);
    __builtin_prefetch((const char *)row2 + 1024);
    __builtin_prefetch((const char *)row3 + 1024);
    __m512i r0 = svertka_transposed(_mm512_loadu_si512(row0)), r1 = svertka_transposed(_mm512_loadu_si512(row1));
    __m512i r2 = svertka_transposed(_mm512_loadu_si512(row2)), r3 = svertka_transposed(_mm512_loadu_si512(row3));
    __m512i low01 = _mm512_unpacklo_epi8(r0, r1), high01 = _mm512_unpackhi_epi8(r0, r1);
    __m512i low23 = _mm512_unpacklo_epi8(r2, r3), high23 = _mm512_unpackhi_epi8(r2, r3);
    _mm512_storeu_si512(target, _mm512_unpacklo_epi16(low01, low23));
    _mm512_storeu_si512((char *)target + 64, _mm512_unpackhi_epi16(low01, low23));
    _mm512_storeu_si512((char *)target + 128, _mm512_unpacklo_epi16(high01, high23));
    _mm512_storeu_si512((char *)target + 192, _mm512_unpackhi_epi16(high01, high23));
}

#elif defined(__AVX2__)
#include <immintrin.h>

/// For each lane: sum + a0·b0 + a1·b1 + a2·b2 + a3·b3, with a unsigned and b signed bytes. The caller keeps
/// |b0| + |b1| and |b2| + |b3| within 128, so that the sums of two products fit 16 bits.
SVERTKA_INLINE svertka_ints svertka_dot_products(svertka_ints sum, svertka_ints bytes, svertka_ints weights) {
    __m256i pairs = _mm256_maddubs_epi16((__m256i)bytes, (__m256i)weights);
    return sum + (svertka_ints)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/// Stores the lanes of two vectors as bytes, clipped to 0...255.
SVERTKA_INLINE void svertka_store_bytes(void *target, svertka_ints a, svertka_ints b) {
    __m256i ab = _mm256_packs_epi32((__m256i)a, (__m256i)b);
    __m256i bytes = _mm256_permutevar8x32_epi32(
        _mm256_packus_epi16(ab, ab), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm_storeu_si128((__m128i *)target, _mm256_castsi256_si128(bytes));
}

SVERTKA_INLINE __m256i svertka_row(const void *row) {
    return _mm256_permutevar8x32_epi32(
        _mm256_loadu_si256((const __m256i *)row), _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
}

/// Puts the bytes of four rows that lie below each other side by side, as many as a vector has: 4 vectors are stored.
SVERTKA_INLINE void svertka_interleave(
    void *target, const void *row0, const void *row1, const void *row2, const void *row3) {
    __m256i r0 = svertka_row(row0), r1 = svertka_row(row1), r2 = svertka_row(row2), r3 = svertka_row(row3);
    __m256i low01 = _mm256_unpacklo_epi8(r0, r1), high01 = _mm256_unpackhi_epi8(r0, r1);
    __m256i low23 = _mm256_unpacklo_epi8(r2, r3), high23 = _mm256_unpackhi_epi8(r2, r3);
    __m256i *to = (__m256i *)target;
    _mm256_storeu_si256(to, _mm256_unpacklo_epi16(low01, low23));
    _mm256_storeu_si256(to + 1, _mm256_unpackhi_epi16(low01, low23));
    _mm256_storeu_si256(to + 2, _mm256_unpacklo_epi16(high01, high23));
    _mm256_storeu_si256(to + 3, _mm256_unpackhi_epi16(high01, high23));
}

#else

SVERTKA_INLINE svertka_ints svertka_dot_products(svertka_ints sum, svertka_ints bytes, svertka_ints weights) {
    for (int i = 0; i < SVERTKA_VECTOR_BYTES / 4; i++)
        for (int k = 0; k < 32; k += 8)
            sum[i] += (int)((unsigned)bytes[i] >> k & 255) * (signed char)(weights[i] >> k);
    return sum;
}

SVERTKA_INLINE void svertka_store_bytes(void *target, svertka_ints a, svertka_ints b) {
    unsigned char *to = (unsigned char *)target;
    for (int i = 0; i < SVERTKA_VECTOR_BYTES / 4; i++) {
        to[i] = (unsigned char)(a[i] < 0 ? 0 : a[i] > 255 ? 255 : a[i]);
        to[i + SVERTKA_VECTOR_BYTES / 4] = (unsigned char)(b[i] < 0 ? 0 : b[i] > 255 ? 255 : b[i]);
    }
}

SVERTKA_INLINE void svertka_interleave(
    void *target, const void *row0, const void *row1, const void *row2, const void *row3) {
    unsigned char *to = (unsigned char *)target;
    for (int i = 0; i < SVERTKA_VECTOR_BYTES; i++) {
        to[4 * i] = ((const unsigned char *)row0)[i];
        to[4 * i + 1] = ((const unsigned char *)row1)[i];
        to[4 * i + 2] = ((const unsigned char *)row2)[i];
        to[4 * i + 3] = ((const unsigned char *)row3)[i];
    }
}
#endif

#if SVERTKA_VECTOR_BYTES == 32
/// The nearest whole numbers, halves up; numbers above 255 become 255, and what is no number becomes negative.
SVERTKA_INLINE svertka_ints svertka_rounded(svertka_floats a) {
    svertka_floats most = (svertka_floats){0} + 255;
    a = (svertka_floats)(((svertka_ints)(a > most) & (svertka_ints)most) | (~(svertka_ints)(a > most) & (svertka_ints)a));
    svertka_ints whole = __builtin_convertvector(a, svertka_ints);
    // A comparison that holds is -1.
    return whole - (svertka_ints)(a - __builtin_convertvector(whole, svertka_floats) >= 0.5f);
}
#endif

/// Stores four vectors of floats as bytes, rounded and clipped to 0...255.
SVERTKA_INLINE void svertka_store_rounded(
    void *target, svertka_floats a, svertka_floats b, svertka_floats c, svertka_floats d) {
#if SVERTKA_VECTOR_BYTES == 64
    svertka_store_bytes(target, svertka_rounded(a), svertka_rounded(b), svertka_rounded(c), svertka_rounded(d));
#else
    svertka_store_bytes(target, svertka_rounded(a), svertka_rounded(b));
    svertka_store_bytes((char *)target + SVERTKA_VECTOR_BYTES / 2, svertka_rounded(c), svertka_rounded(d));
#endif
}

/// As many bytes as a vector has 16-bit lanes.
SVERTKA_INLINE svertka_shorts svertka_widened_shorts(const void *source) {
    return __builtin_convertvector(*(const svertka_half_bytes *)source, svertka_shorts);
}

SVERTKA_INLINE svertka_shorts svertka_added(svertka_shorts a, svertka_shorts b) { return a + b; }
SVERTKA_INLINE svertka_shorts svertka_subtracted(svertka_shorts a, svertka_shorts b) { return a - b; }

/// Stores as bytes ((min(sum, most) + half) * factor) >> (16 + shift).
SVERTKA_INLINE void svertka_store_divided(
    void *target, svertka_shorts sums, unsigned short most, unsigned short half, unsigned short factor,
    unsigned short shift) {
    typedef unsigned wide __attribute__((vector_size(SVERTKA_VECTOR_BYTES * 2)));
    svertka_shorts limit = (svertka_shorts){0} + most;
    svertka_shorts isMore = (svertka_shorts)(sums > limit);
    svertka_shorts rounded = ((limit & isMore) | (sums & ~isMore)) + half;
    wide products = __builtin_convertvector(rounded, wide) * factor >> 16;
    svertka_shorts quotients = __builtin_convertvector(products, svertka_shorts) >> shift;
    *(svertka_half_bytes *)target = __builtin_convertvector(quotients, svertka_half_bytes);
}

typedef short svertka_signed_shorts __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));
typedef unsigned char svertka_bytes __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));

SVERTKA_INLINE svertka_shorts svertka_multiplied(svertka_shorts a, svertka_shorts b) { return a * b; }

/// The sum of signed numbers, -32768 or 32767 where it lies beyond.
SVERTKA_INLINE svertka_shorts svertka_added_saturating(svertka_shorts a, svertka_shorts b) {
    return (svertka_shorts)__builtin_elementwise_add_sat((svertka_signed_shorts)a, (svertka_signed_shorts)b);
}

/// Signed numbers, or 0 where they are negative.
SVERTKA_INLINE svertka_shorts svertka_positive(svertka_shorts a) {
    return (svertka_shorts)__builtin_elementwise_max((svertka_signed_shorts)a, (svertka_signed_shorts){0});
}

/// ((min(sum, most) + half) * factor) >> (16 + shift) of unsigned numbers.
SVERTKA_INLINE svertka_shorts svertka_quotients(
    svertka_shorts sums, unsigned short most, unsigned short half, unsigned short factor, unsigned short shift) {
    svertka_shorts rounded = __builtin_elementwise_min(sums, (svertka_shorts){0} + most) + half;
#if SVERTKA_VECTOR_BYTES == 64
    svertka_shorts high = (svertka_shorts)_mm512_mulhi_epu16((__m512i)rounded, _mm512_set1_epi16((short)factor));
#elif defined(__AVX2__)
    svertka_shorts high = (svertka_shorts)_mm256_mulhi_epu16((__m256i)rounded, _mm256_set1_epi16((short)factor));
#else
    typedef unsigned wide __attribute__((vector_size(SVERTKA_VECTOR_BYTES * 2)));
    svertka_shorts high =
        __builtin_convertvector(__builtin_convertvector(rounded, wide) * factor >> 16, svertka_shorts);
#endif
    return high >> shift;
}

/// Two vectors of signed numbers as bytes, clipped to 0...255.
SVERTKA_INLINE svertka_bytes svertka_packed(svertka_shorts a, svertka_shorts b) {
#if SVERTKA_VECTOR_BYTES == 64
    return (svertka_bytes)_mm512_permutexvar_epi64(
        _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packus_epi16((__m512i)a, (__m512i)b));
#elif defined(__AVX2__)
    return (svertka_bytes)_mm256_permute4x64_epi64(_mm256_packus_epi16((__m256i)a, (__m256i)b), 0xD8);
#else
    svertka_bytes bytes;
    for (int i = 0; i < SVERTKA_VECTOR_BYTES / 2; i++) {
        short x = (short)a[i], y = (short)b[i];
        bytes[i] = (unsigned char)(x < 0 ? 0 : x > 255 ? 255 : x);
        bytes[i + SVERTKA_VECTOR_BYTES / 2] = (unsigned char)(y < 0 ? 0 : y > 255 ? 255 : y);
    }
    return bytes;
#endif
}

SVERTKA_INLINE void svertka_store(void *target, svertka_bytes bytes) { __builtin_memcpy(target, &bytes, sizeof bytes); }

/// Stores past the caches, at a multiple of a vector's bytes. `svertka_streamed` has to follow.
SVERTKA_INLINE void svertka_stream(void *target, svertka_bytes bytes) {
    __builtin_nontemporal_store(bytes, (svertka_bytes *)target);
}

/// Orders what was stored past the caches before what this thread does next.
SVERTKA_INLINE void svertka_streamed(void) {
#ifdef __SSE2__
    __builtin_ia32_sfence();
#endif
}

typedef unsigned long long svertka_longs __attribute__((vector_size(SVERTKA_VECTOR_BYTES)));

SVERTKA_INLINE svertka_bytes svertka_loaded(const void *source) {
    svertka_bytes bytes;
    __builtin_memcpy(&bytes, source, sizeof bytes);
    return bytes;
}

/// Sums of the magnitudes of eight signed bytes each.
SVERTKA_INLINE svertka_longs svertka_magnitude_sums(svertka_bytes bytes) {
    svertka_bytes magnitudes = __builtin_elementwise_min(bytes, (svertka_bytes){0} - bytes);
#if SVERTKA_VECTOR_BYTES == 64
    return (svertka_longs)_mm512_sad_epu8((__m512i)magnitudes, _mm512_setzero_si512());
#elif defined(__AVX2__)
    return (svertka_longs)_mm256_sad_epu8((__m256i)magnitudes, _mm256_setzero_si256());
#else
    svertka_longs sums = {0};
    for (int i = 0; i < SVERTKA_VECTOR_BYTES; i++) sums[i / 8] += magnitudes[i];
    return sums;
#endif
}

/// The mean of two bytes, rounded down.
SVERTKA_INLINE svertka_bytes svertka_mean(svertka_bytes a, svertka_bytes b) { return (a & b) + ((a ^ b) >> 1); }

/// The nearest of a, b and c to a + b - c, in this order where two are equally near.
SVERTKA_INLINE svertka_bytes svertka_nearest(svertka_bytes a, svertka_bytes b, svertka_bytes c) {
    svertka_bytes low_a = __builtin_elementwise_min(a, c), high_a = __builtin_elementwise_max(a, c);
    svertka_bytes low_b = __builtin_elementwise_min(b, c), high_b = __builtin_elementwise_max(b, c);
    // |a + b - c - a| and |a + b - c - b|.
    svertka_bytes to_a = high_b - low_b, to_b = high_a - low_a;
    svertka_bytes nearer = __builtin_elementwise_min(to_a, to_b);
    // Where c lies outside a and b, both differences have one sign, and c is farther than either.
    svertka_bytes outside = (svertka_bytes)((low_a == c) == (low_b == c));
    svertka_bytes to_c = outside | (__builtin_elementwise_max(to_a, to_b) - nearer);
    svertka_bytes is_a = (svertka_bytes)(to_a == __builtin_elementwise_min(nearer, to_c));
    svertka_bytes is_b = (svertka_bytes)(to_b == __builtin_elementwise_min(to_b, to_c));
    return (is_a & a) | (~is_a & ((is_b & b) | (~is_b & c)));
}

#if SVERTKA_VECTOR_BYTES == 64
/// The numbers from `first` on.
SVERTKA_INLINE svertka_shorts svertka_counted(unsigned short first) {
    svertka_shorts lanes = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    return lanes + first;
}

/// The same of 32-bit lanes.
SVERTKA_INLINE svertka_ints svertka_counted_ints(int first) {
    svertka_ints lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return lanes + first;
}

SVERTKA_INLINE svertka_floats svertka_joined_floats(svertka_floats a, svertka_ints index, svertka_floats b) {
    return (svertka_floats)_mm512_permutex2var_ps((__m512)a, (__m512i)index, (__m512)b);
}

/// The lanes of two neighbouring vectors that `index` numbers.
SVERTKA_INLINE svertka_shorts svertka_joined(svertka_shorts a, svertka_shorts index, svertka_shorts b) {
    return (svertka_shorts)_mm512_permutex2var_epi16((__m512i)a, (__m512i)index, (__m512i)b);
}
#endif

#endif
