#include "CPNG.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Status.h"

enum { OUTPUT_BYTES = 256 * 1024 };

struct svertka_png_writer {
    png_structp png;
    png_infop info;
    svertka_png_status *status;  // where the call in progress reports; NULL between calls
    int descriptor;
    int passes;
    uint8_t *output;
    size_t filled;
    int64_t rows_done;
};

static void on_error(png_structp png, png_const_charp message) {
    svertka_png_writer *writer = png_get_error_ptr(png);
    svertka_png_fail(writer->status, SVERTKA_PNG_LIBRARY, 0, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    svertka_png_writer *writer = png_get_error_ptr(png);
    svertka_png_warn(writer->status, message);
}

static void emit(png_structp png, svertka_png_writer *writer, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(writer->descriptor, bytes, count);
        if (done < 0) {
            if (errno == EINTR) continue;
            svertka_png_fail(writer->status, SVERTKA_PNG_IO, errno, "write");
            png_longjmp(png, 1);
        }
        bytes += done;
        count -= (size_t)done;
    }
}

static void flush_output(png_structp png, svertka_png_writer *writer) {
    size_t count = writer->filled;
    writer->filled = 0;
    emit(png, writer, writer->output, count);
}

static void on_write(png_structp png, png_bytep bytes, size_t count) {
    svertka_png_writer *writer = png_get_io_ptr(png);
    if (writer->filled + count > OUTPUT_BYTES) flush_output(png, writer);
    if (count > OUTPUT_BYTES) {
        emit(png, writer, bytes, count);
    } else {
        memcpy(writer->output + writer->filled, bytes, count);
        writer->filled += count;
    }
}

static void on_flush(png_structp png) { (void)png; }

static void prepare(svertka_png_writer *writer, const svertka_png_picture *picture) {
    static const int colors[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
    png_structp png = writer->png;
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_write_fn(png, writer, on_write, on_flush);
    png_set_compression_level(png, picture->level);
    png_set_compression_buffer_size(png, 64 * 1024);
    if (picture->filters != 0) png_set_filter(png, PNG_FILTER_TYPE_BASE, picture->filters << 3);
    png_set_IHDR(png, writer->info, picture->width, picture->height, picture->bit_depth, colors[picture->channels - 1],
                 picture->interlace ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, writer->info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (picture->bit_depth == 16) png_set_swap(png);
#endif
    if (picture->bit_depth < 8) png_set_packing(png);
    writer->passes = png_set_interlace_handling(png);
}

svertka_png_writer *svertka_png_writer_create(int descriptor, const svertka_png_picture *picture,
                                              svertka_png_status *status) {
    memset(status, 0, sizeof *status);
    svertka_png_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) return NULL;
    writer->descriptor = descriptor;
    writer->status = status;
    writer->output = malloc(OUTPUT_BYTES);
    if (writer->output != NULL) writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
    if (writer->png != NULL) writer->info = png_create_info_struct(writer->png);
    if (writer->info == NULL) {
        svertka_png_writer_destroy(writer);
        return NULL;
    }
    if (setjmp(png_jmpbuf(writer->png)) == 0) prepare(writer, picture);
    writer->status = NULL;
    return writer;
}

int svertka_png_writer_chunk(svertka_png_writer *writer, const uint8_t *type, const uint8_t *data, size_t length,
                             svertka_png_status *status) {
    status->kind = SVERTKA_PNG_OK;
    writer->status = status;
    if (setjmp(png_jmpbuf(writer->png)) == 0) png_write_chunk(writer->png, type, data, length);
    writer->status = NULL;
    return status->kind;
}

int svertka_png_writer_write(svertka_png_writer *writer, int64_t rows, const void *samples, size_t stride,
                             svertka_png_status *status) {
    status->kind = SVERTKA_PNG_OK;
    writer->status = status;
    if (setjmp(png_jmpbuf(writer->png)) == 0) {
        for (int pass = 0; pass < writer->passes; pass++) {
            const uint8_t *row = samples;
            for (int64_t index = 0; index < rows; index++, row += stride) png_write_row(writer->png, row);
        }
        writer->rows_done += rows;
    }
    status->rows_done = writer->rows_done;
    writer->status = NULL;
    return status->kind;
}

int svertka_png_writer_end(svertka_png_writer *writer, svertka_png_status *status) {
    status->kind = SVERTKA_PNG_OK;
    writer->status = status;
    if (setjmp(png_jmpbuf(writer->png)) == 0) {
        png_write_end(writer->png, NULL);
        flush_output(writer->png, writer);
    }
    writer->status = NULL;
    return status->kind;
}

void svertka_png_writer_destroy(svertka_png_writer *writer) {
    if (writer == NULL) return;
    png_destroy_write_struct(&writer->png, &writer->info);
    free(writer->output);
    free(writer);
}
