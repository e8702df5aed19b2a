#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Errors.h"
#include "LargePages.h"

#include <jerror.h>

enum { INPUT_BYTES = 128 * 1024, ROWS_AT_ONCE = 16 };

struct svertka_jpeg_reader {
    svertka_jpeg_large_pages pages;  // first: svertka_jpeg_use_large_pages
    struct jpeg_decompress_struct library;
    svertka_jpeg_errors errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    svertka_jpeg_request request;
    int descriptor;
    int created;
    int64_t position;
    JOCTET *input;
};

static void on_source_begin(j_decompress_ptr library) { (void)library; }
static void on_source_end(j_decompress_ptr library) { (void)library; }

static boolean on_source_fill(j_decompress_ptr library) {
    svertka_jpeg_reader *reader = library->client_data;
    ssize_t got;
    do {
        got = pread(reader->descriptor, reader->input, INPUT_BYTES, reader->position);
    } while (got < 0 && errno == EINTR);
    if (got < 0) svertka_jpeg_fail((j_common_ptr)library, SVERTKA_JPEG_IO, errno, "pread");
    if (got == 0) {
        if (reader->position == 0) ERREXIT(library, JERR_INPUT_EMPTY);
        // The file is too short. Damage that is tolerated ends the picture here, as libjpeg's own sources do.
        WARNMS(library, JWRN_JPEG_EOF);
        reader->input[0] = 0xff;
        reader->input[1] = JPEG_EOI;
        got = 2;
    } else {
        reader->position += got;
    }
    reader->source.next_input_byte = reader->input;
    reader->source.bytes_in_buffer = (size_t)got;
    return TRUE;
}

static void on_source_skip(j_decompress_ptr library, long count) {
    svertka_jpeg_reader *reader = library->client_data;
    if (count <= 0) return;
    if ((size_t)count <= reader->source.bytes_in_buffer) {
        reader->source.next_input_byte += count;
        reader->source.bytes_in_buffer -= (size_t)count;
    } else {
        reader->position += count - (long)reader->source.bytes_in_buffer;
        reader->source.bytes_in_buffer = 0;
    }
}

static void on_progress(j_common_ptr common) {
    j_decompress_ptr library = (j_decompress_ptr)common;
    svertka_jpeg_reader *reader = library->client_data;
    if (library->input_scan_number > reader->request.maximum_scans) {
        svertka_jpeg_fail(common, SVERTKA_JPEG_SCANS, 0, "too many scans");
    }
    if (reader->request.cancelled != NULL && reader->request.cancelled(reader->request.context)) {
        svertka_jpeg_fail(common, SVERTKA_JPEG_CANCELLED, 0, "cancelled");
    }
}

// Whether a progressive picture, of which all scans were read, announced bits of coefficients that no scan brought, or
// a component without any.
static int lacks_bits(j_decompress_ptr library) {
    if (!library->progressive_mode || library->coef_bits == NULL) return 0;
    for (int component = 0; component < library->num_components; component++) {
        const int *missing = library->coef_bits[component];
        if (missing[0] != 0) return 1;
        for (int coefficient = 1; coefficient < DCTSIZE2; coefficient++) {
            if (missing[coefficient] > 0) return 1;
        }
    }
    return 0;
}

static void start(svertka_jpeg_reader *reader, svertka_jpeg_result *result) {
    j_decompress_ptr library = &reader->library;
    jpeg_create_decompress(library);
    reader->created = 1;
    library->client_data = reader;
    svertka_jpeg_use_large_pages((j_common_ptr)library, &reader->pages);
    library->src = &reader->source;
    library->progress = &reader->progress;
    jpeg_read_header(library, TRUE);
    if (library->image_width != reader->request.width || library->image_height != reader->request.height) {
        svertka_jpeg_fail((j_common_ptr)library, SVERTKA_JPEG_LIBRARY, 0, "two frame headers disagree about the size");
    }
    switch (reader->request.output) {
    case SVERTKA_JPEG_GRAY: library->out_color_space = JCS_GRAYSCALE; break;
    case SVERTKA_JPEG_RGB: library->out_color_space = JCS_RGB; break;
    default: library->out_color_space = JCS_CMYK; break;
    }
    library->scale_num = 1;
    library->scale_denom = (unsigned)reader->request.scale_denominator;
    library->dct_method = JDCT_ISLOW;
    library->do_fancy_upsampling = TRUE;
    jpeg_start_decompress(library);
    result->width = library->output_width;
    result->height = library->output_height;
    result->channels = library->output_components;
    result->lacks_bits = lacks_bits(library);
}

svertka_jpeg_reader *svertka_jpeg_reader_create(int descriptor, const svertka_jpeg_request *request,
                                                svertka_jpeg_result *result, svertka_jpeg_status *status) {
    memset(status, 0, sizeof *status);
    svertka_jpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->input = malloc(INPUT_BYTES);
    if (reader->input == NULL) {
        free(reader);
        return NULL;
    }
    reader->request = *request;
    reader->descriptor = descriptor;
    reader->source.init_source = on_source_begin;
    reader->source.fill_input_buffer = on_source_fill;
    reader->source.skip_input_data = on_source_skip;
    reader->source.resync_to_restart = jpeg_resync_to_restart;
    reader->source.term_source = on_source_end;
    reader->progress.progress_monitor = on_progress;
    svertka_jpeg_errors_prepare(&reader->errors, request->tolerant);
    reader->library.err = &reader->errors.manager;
    reader->errors.status = status;
    if (setjmp(reader->errors.escape) == 0) start(reader, result);
    reader->errors.status = NULL;
    return reader;
}

static void read_rows(svertka_jpeg_reader *reader, int64_t rows, uint8_t *out, size_t stride) {
    JSAMPROW pointers[ROWS_AT_ONCE];
    while (rows > 0) {
        JDIMENSION count = rows < ROWS_AT_ONCE ? (JDIMENSION)rows : ROWS_AT_ONCE;
        for (JDIMENSION row = 0; row < count; row++) pointers[row] = out + (size_t)row * stride;
        JDIMENSION done = jpeg_read_scanlines(&reader->library, pointers, count);
        if (done == 0) svertka_jpeg_fail((j_common_ptr)&reader->library, SVERTKA_JPEG_LIBRARY, 0, "no more rows");
        rows -= done;
        out += (size_t)done * stride;
    }
}

int svertka_jpeg_reader_read(svertka_jpeg_reader *reader, int64_t rows, void *out, size_t stride,
                             svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    reader->errors.status = status;
    if (setjmp(reader->errors.escape) == 0) read_rows(reader, rows, out, stride);
    status->rows_done = reader->library.output_scanline;
    reader->errors.status = NULL;
    return status->kind;
}

// Reads rows for the sake of what comes after them.
static void discard_rows(svertka_jpeg_reader *reader, int64_t rows) {
    j_decompress_ptr library = &reader->library;
    JSAMPARRAY row = library->mem->alloc_sarray((j_common_ptr)library, JPOOL_IMAGE,
                                               library->output_width * (JDIMENSION)library->output_components, 1);
    for (; rows > 0; rows--) read_rows(reader, 1, row[0], 0);
}

// libjpeg's own way, which decodes the entropy code and computes no samples, delivers other rows afterwards, or never
// returns, where a row of blocks is taller than two (sampling factors of 3 and 4, which hardly any file has). At the end of
// the picture it leaves the rest of the file alone, so that damage there would go unnoticed; so the last row is read.
static void skip_rows(svertka_jpeg_reader *reader, int64_t rows, int is_rest) {
    int64_t passed = reader->library.max_v_samp_factor > 2 ? 0 : is_rest ? rows - 1 : rows;
    int64_t discarded = rows - passed;
    while (passed > 0) {
        JDIMENSION done = jpeg_skip_scanlines(&reader->library, (JDIMENSION)passed);
        if (done == 0) svertka_jpeg_fail((j_common_ptr)&reader->library, SVERTKA_JPEG_LIBRARY, 0, "no more rows");
        passed -= done;
    }
    if (discarded > 0) discard_rows(reader, discarded);
}

int svertka_jpeg_reader_skip(svertka_jpeg_reader *reader, int64_t rows, int is_rest, svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    reader->errors.status = status;
    if (setjmp(reader->errors.escape) == 0) skip_rows(reader, rows, is_rest);
    status->rows_done = reader->library.output_scanline;
    reader->errors.status = NULL;
    return status->kind;
}

int svertka_jpeg_reader_finish(svertka_jpeg_reader *reader, svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    reader->errors.status = status;
    if (setjmp(reader->errors.escape) == 0) jpeg_finish_decompress(&reader->library);
    reader->errors.status = NULL;
    return status->kind;
}

void svertka_jpeg_reader_destroy(svertka_jpeg_reader *reader) {
    if (reader == NULL) return;
    if (reader->created) jpeg_destroy_decompress(&reader->library);
    free(reader->input);
    free(reader);
}
