#ifndef SVERTKA_CJPEG_H
#define SVERTKA_CJPEG_H

#include <stddef.h>
#include <stdint.h>

// libjpeg behind calls that always return: its long jumps end in this target, its messages land in a status.

enum {
    SVERTKA_JPEG_OK = 0,
    SVERTKA_JPEG_LIBRARY = 1,    // libjpeg refused; `text` is its message
    SVERTKA_JPEG_TRUNCATED = 2,  // the input ended too early
    SVERTKA_JPEG_DAMAGED = 3,    // the compressed samples are wrong
    SVERTKA_JPEG_IO = 4,         // a system call failed; `system_error` is its errno
    SVERTKA_JPEG_MEMORY = 5,     // memory could not be had
    SVERTKA_JPEG_SCANS = 6,      // more scans than allowed
    SVERTKA_JPEG_CANCELLED = 7,  // the caller's question was answered with yes
};

// More than libjpeg has kinds of warnings.
enum { SVERTKA_JPEG_WARNING_KINDS = 24 };

// Warnings of one kind.
typedef struct {
    int32_t code;         // libjpeg's number of the message
    int32_t count;        // how many times it was given
    int32_t is_damage;    // it tells that samples are lost or wrong
    char text[120];       // the message of the first
} svertka_jpeg_warning;

typedef struct {
    int32_t kind;
    int32_t system_error;
    int64_t rows_done;    // rows that were read or written completely
    int32_t warning_kinds;
    svertka_jpeg_warning warnings[SVERTKA_JPEG_WARNING_KINDS];
    char text[200];       // the message of the failure
} svertka_jpeg_status;

static inline const svertka_jpeg_warning *svertka_jpeg_warning_at(const svertka_jpeg_status *status, int32_t index) {
    return &status->warnings[index];
}

typedef struct svertka_jpeg_reader svertka_jpeg_reader;
typedef struct svertka_jpeg_writer svertka_jpeg_writer;

enum {
    SVERTKA_JPEG_GRAY = 1,
    SVERTKA_JPEG_RGB = 3,
    SVERTKA_JPEG_CMYK = 4,
};

typedef struct {
    int32_t output;             // SVERTKA_JPEG_GRAY, …_RGB or …_CMYK
    int32_t scale_denominator;  // 1, 2, 4, 8
    int32_t maximum_scans;
    int32_t tolerant;           // damage is a warning instead of a failure
    uint32_t width, height;     // as the caller read them in the frame header; a difference is a failure
    int (*cancelled)(void *context);  // asked now and then during long work; may be NULL
    void *context;
} svertka_jpeg_request;

typedef struct {
    uint32_t width, height;     // of the rows that will be delivered
    int32_t channels;
    int32_t lacks_bits;         // no scan holds the last bits of some coefficients of which others hold the first
} svertka_jpeg_result;

// Opens the JPEG that begins at offset 0 of `descriptor`, read with pread, and starts decompression; with several scans
// that means reading all of them.
// NULL when memory is short; any other failure is in `status`, and the reader still has to be destroyed.
svertka_jpeg_reader *svertka_jpeg_reader_create(int descriptor, const svertka_jpeg_request *request,
                                                svertka_jpeg_result *result, svertka_jpeg_status *status);

// The next `rows` rows, interleaved 8-bit samples, each at `stride` bytes from the one before.
int svertka_jpeg_reader_read(svertka_jpeg_reader *reader, int64_t rows, void *out, size_t stride,
                             svertka_jpeg_status *status);

// Passes over the next `rows` rows.
// With is_rest, no row comes after these. Damage in them counts as in svertka_jpeg_reader_read.
int svertka_jpeg_reader_skip(svertka_jpeg_reader *reader, int64_t rows, int is_rest, svertka_jpeg_status *status);

// Reads on to the end of the picture; only after the last row.
int svertka_jpeg_reader_finish(svertka_jpeg_reader *reader, svertka_jpeg_status *status);

void svertka_jpeg_reader_destroy(svertka_jpeg_reader *reader);

typedef struct {
    uint32_t width, height;
    int32_t channels;                                 // 1 or 3
    int32_t quality;                                  // 1...100
    int32_t horizontal_sampling, vertical_sampling;   // of luma against chroma: 1 or 2
    int32_t progressive;
    int32_t optimize;
    int32_t density_unit;                             // 0 only the ratio, 1 per inch, 2 per centimetre
    uint16_t x_density, y_density;
} svertka_jpeg_picture;

// Writes a JPEG to `descriptor`, from its present offset on.
svertka_jpeg_writer *svertka_jpeg_writer_create(int descriptor, const svertka_jpeg_picture *picture,
                                                svertka_jpeg_status *status);

// One marker segment (0xe0...0xef or 0xfe) of at most 65,533 bytes, before the first row.
int svertka_jpeg_writer_segment(svertka_jpeg_writer *writer, int marker, const uint8_t *data, size_t length,
                                svertka_jpeg_status *status);

int svertka_jpeg_writer_write(svertka_jpeg_writer *writer, int64_t rows, const void *samples, size_t stride,
                              svertka_jpeg_status *status);

// The end of the picture, and the flush of what is buffered.
int svertka_jpeg_writer_finish(svertka_jpeg_writer *writer, svertka_jpeg_status *status);

void svertka_jpeg_writer_destroy(svertka_jpeg_writer *writer);

#endif
