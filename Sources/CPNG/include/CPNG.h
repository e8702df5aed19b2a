#ifndef SVERTKA_CPNG_H
#define SVERTKA_CPNG_H

#include <stddef.h>
#include <stdint.h>

// libpng behind calls that always return: its long jumps end in CPNG.c, its messages land in a status.

enum {
    SVERTKA_PNG_OK = 0,
    SVERTKA_PNG_LIBRARY = 1,    // libpng refused; `text` is its message
    SVERTKA_PNG_TRUNCATED = 2,  // the input ended too early
    SVERTKA_PNG_IO = 3,         // a system call failed; `system_error` is its errno
    SVERTKA_PNG_MEMORY = 4,     // memory could not be had
};

enum { SVERTKA_PNG_WARNING_KINDS = 8 };

// Warnings with one text; those beyond the last place count there, whatever they say.
typedef struct {
    int32_t count;          // how many times it was given
    char text[120];
} svertka_png_warning;

typedef struct {
    int32_t kind;
    int32_t system_error;
    int64_t rows_done;      // rows that were read or written completely
    int32_t warning_kinds;
    svertka_png_warning warnings[SVERTKA_PNG_WARNING_KINDS];
    char text[160];         // the message of the failure
} svertka_png_status;

static inline const svertka_png_warning *svertka_png_warning_at(const svertka_png_status *status, int32_t index) {
    return &status->warnings[index];
}

typedef struct svertka_png_reader svertka_png_reader;
typedef struct svertka_png_writer svertka_png_writer;

// Reads the image data of one PNG. `head` holds signature, IHDR, PLTE and tRNS as libpng shall see them; it is copied.
// The IDAT chunks follow from the file `descriptor`, bytes `begin..<end`, read with pread.
// `tolerant`: a wrong CRC of an IDAT chunk is a warning instead of a failure.
// NULL when memory is short; any other failure is in `status`, and the reader still has to be destroyed.
svertka_png_reader *svertka_png_reader_create(int descriptor, const uint8_t *head, size_t head_length, int64_t begin,
                                              int64_t end, int strip_alpha, int tolerant, size_t *row_bytes,
                                              svertka_png_status *status);

// The next `rows` rows, expanded to 8 or 16 bits (native endian), each at `stride` bytes from the one before.
// An interlaced picture is decoded as a whole by the first call.
int svertka_png_reader_read(svertka_png_reader *reader, int64_t rows, void *out, size_t stride,
                            svertka_png_status *status);

void svertka_png_reader_destroy(svertka_png_reader *reader);

typedef struct {
    uint32_t width;
    uint32_t height;
    int32_t bit_depth;      // 1, 2, 4 (of gray, in rows of one byte for each level), 8 or 16
    int32_t channels;       // 1...4
    int32_t level;          // zlib level 0...9
    int32_t filters;        // a mask: 1 none, 2 sub, 4 up, 8 average, 16 Paeth; 0 leaves the choice to libpng
    int32_t interlace;
} svertka_png_picture;

// Writes a PNG to `descriptor`, from its present offset on. The IHDR chunk is written at once.
svertka_png_writer *svertka_png_writer_create(int descriptor, const svertka_png_picture *picture,
                                              svertka_png_status *status);

// One chunk, verbatim: after the IHDR chunk when no row was written yet, before IEND when all were.
int svertka_png_writer_chunk(svertka_png_writer *writer, const uint8_t *type, const uint8_t *data, size_t length,
                             svertka_png_status *status);

// The next rows; 16-bit samples are native endian. With interlacing the rows of a whole picture have to be given at once.
int svertka_png_writer_write(svertka_png_writer *writer, int64_t rows, const void *samples, size_t stride,
                             svertka_png_status *status);

// IEND, and the flush of what is buffered.
int svertka_png_writer_end(svertka_png_writer *writer, svertka_png_status *status);

void svertka_png_writer_destroy(svertka_png_writer *writer);

#endif
