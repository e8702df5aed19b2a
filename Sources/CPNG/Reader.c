#include "CPNG.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Status.h"

enum { INPUT_BYTES = 128 * 1024 };

struct svertka_png_reader {
    png_structp png;
    png_infop info;
    svertka_png_status *status;  // where the call in progress reports; NULL between calls
    int descriptor;
    int interlaced;
    uint8_t *head;
    size_t head_length, head_taken;
    int64_t position, end;
    uint8_t *input;
    size_t input_taken, input_filled;
    size_t row_bytes;
    uint32_t width, height;
    int64_t next_row;
    uint8_t *picture;  // all rows of an interlaced picture
};

static void on_error(png_structp png, png_const_charp message) {
    svertka_png_reader *reader = png_get_error_ptr(png);
    svertka_png_fail(reader->status, SVERTKA_PNG_LIBRARY, 0, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    svertka_png_reader *reader = png_get_error_ptr(png);
    svertka_png_warn(reader->status, message);
}

static void fill(png_structp png, svertka_png_reader *reader) {
    int64_t left = reader->end - reader->position;
    size_t want = left < INPUT_BYTES ? (size_t)left : INPUT_BYTES;
    ssize_t got = 0;
    if (want > 0) {
        do {
            got = pread(reader->descriptor, reader->input, want, reader->position);
        } while (got < 0 && errno == EINTR);
    }
    if (got < 0) {
        svertka_png_fail(reader->status, SVERTKA_PNG_IO, errno, "pread");
        png_longjmp(png, 1);
    }
    if (got == 0) {
        svertka_png_fail(reader->status, SVERTKA_PNG_TRUNCATED, 0, "the image data end too early");
        png_longjmp(png, 1);
    }
    reader->position += got;
    reader->input_taken = 0;
    reader->input_filled = (size_t)got;
}

static void on_read(png_structp png, png_bytep out, size_t count) {
    svertka_png_reader *reader = png_get_io_ptr(png);
    while (count > 0) {
        const uint8_t *from;
        size_t available;
        size_t *taken;
        if (reader->head_taken < reader->head_length) {
            from = reader->head;
            taken = &reader->head_taken;
            available = reader->head_length - reader->head_taken;
        } else {
            if (reader->input_taken == reader->input_filled) fill(png, reader);
            from = reader->input;
            taken = &reader->input_taken;
            available = reader->input_filled - reader->input_taken;
        }
        size_t part = count < available ? count : available;
        memcpy(out, from + *taken, part);
        *taken += part;
        out += part;
        count -= part;
    }
}

static void prepare(svertka_png_reader *reader, int strip_alpha, int tolerant) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    // Sizes are bounded by the caller, who has read IHDR; libpng's own bound of a million a side must not interfere.
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_crc_action(png, tolerant ? PNG_CRC_WARN_USE : PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    png_set_read_fn(png, reader, on_read);
    png_read_info(png, info);
    png_byte color = png_get_color_type(png, info);
    png_byte depth = png_get_bit_depth(png, info);
    png_set_expand(png);
    if (strip_alpha && (color & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS))) png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (depth == 16) png_set_swap(png);
#else
    (void)depth;
#endif
    reader->interlaced = png_set_interlace_handling(png) > 1;
    png_read_update_info(png, info);
    reader->row_bytes = png_get_rowbytes(png, info);
    reader->width = png_get_image_width(png, info);
    reader->height = png_get_image_height(png, info);
}

svertka_png_reader *svertka_png_reader_create(int descriptor, const uint8_t *head, size_t head_length, int64_t begin,
                                              int64_t end, int strip_alpha, int tolerant, size_t *row_bytes,
                                              svertka_png_status *status) {
    memset(status, 0, sizeof *status);
    svertka_png_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->descriptor = descriptor;
    reader->position = begin;
    reader->end = end;
    reader->head_length = head_length;
    reader->head = malloc(head_length);
    reader->input = malloc(INPUT_BYTES);
    reader->status = status;
    if (reader->head != NULL && reader->input != NULL) {
        memcpy(reader->head, head, head_length);
        reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
    }
    if (reader->png != NULL) reader->info = png_create_info_struct(reader->png);
    if (reader->info == NULL) {
        svertka_png_reader_destroy(reader);
        return NULL;
    }
    if (setjmp(png_jmpbuf(reader->png)) == 0) {
        prepare(reader, strip_alpha, tolerant);
        *row_bytes = reader->row_bytes;
    }
    reader->status = NULL;
    return reader;
}

static void read_interlaced(svertka_png_reader *reader) {
    reader->picture = calloc(reader->height, reader->row_bytes);
    if (reader->picture == NULL) {
        svertka_png_fail(reader->status, SVERTKA_PNG_MEMORY, ENOMEM, "the buffer of an interlaced picture");
        return;
    }
    if (setjmp(png_jmpbuf(reader->png)) != 0) return;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        for (uint32_t row = 0; row < reader->height; row++) {
            png_read_row(reader->png, reader->picture + (size_t)row * reader->row_bytes, NULL);
        }
    }
}

static void read_rows(svertka_png_reader *reader, int64_t rows, uint8_t *out, size_t stride) {
    if (setjmp(png_jmpbuf(reader->png)) != 0) {
        // Of a picture that breaks off behind its compressed data the last row is there.
        if (png_get_current_row_number(reader->png) == reader->height) reader->next_row = reader->height;
        return;
    }
    while (rows-- > 0) {
        png_read_row(reader->png, out, NULL);
        reader->next_row++;
        out += stride;
    }
}

int svertka_png_reader_read(svertka_png_reader *reader, int64_t rows, void *out, size_t stride,
                            svertka_png_status *status) {
    status->kind = SVERTKA_PNG_OK;
    reader->status = status;
    if (reader->interlaced) {
        if (reader->picture == NULL) read_interlaced(reader);
        if (reader->picture != NULL) {
            for (int64_t row = 0; row < rows; row++) {
                memcpy((uint8_t *)out + (size_t)row * stride,
                       reader->picture + (size_t)(reader->next_row + row) * reader->row_bytes, reader->row_bytes);
            }
            reader->next_row += rows;
        }
    } else {
        read_rows(reader, rows, out, stride);
    }
    status->rows_done = reader->next_row;
    reader->status = NULL;
    return status->kind;
}

void svertka_png_reader_destroy(svertka_png_reader *reader) {
    if (reader == NULL) return;
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader->head);
    free(reader->input);
    free(reader->picture);
    free(reader);
}
