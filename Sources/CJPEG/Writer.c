#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "Errors.h"
#include "LargePages.h"

enum { OUTPUT_BYTES = 256 * 1024, ROWS_AT_ONCE = 16 };

struct svertka_jpeg_writer {
    svertka_jpeg_large_pages pages;  // first: svertka_jpeg_use_large_pages
    struct jpeg_compress_struct library;
    svertka_jpeg_errors errors;
    struct jpeg_destination_mgr destination;
    int descriptor;
    int created;
    JOCTET *output;
};

static void emit(j_compress_ptr library, size_t count) {
    svertka_jpeg_writer *writer = library->client_data;
    const JOCTET *bytes = writer->output;
    while (count > 0) {
        ssize_t done = write(writer->descriptor, bytes, count);
        if (done < 0) {
            if (errno == EINTR) continue;
            svertka_jpeg_fail((j_common_ptr)library, SVERTKA_JPEG_IO, errno, "write");
        }
        bytes += done;
        count -= (size_t)done;
    }
    writer->destination.next_output_byte = writer->output;
    writer->destination.free_in_buffer = OUTPUT_BYTES;
}

static void on_destination_begin(j_compress_ptr library) {
    svertka_jpeg_writer *writer = library->client_data;
    writer->destination.next_output_byte = writer->output;
    writer->destination.free_in_buffer = OUTPUT_BYTES;
}

static boolean on_destination_full(j_compress_ptr library) {
    emit(library, OUTPUT_BYTES);
    return TRUE;
}

static void on_destination_end(j_compress_ptr library) {
    svertka_jpeg_writer *writer = library->client_data;
    emit(library, OUTPUT_BYTES - writer->destination.free_in_buffer);
}

static void start(svertka_jpeg_writer *writer, const svertka_jpeg_picture *picture) {
    j_compress_ptr library = &writer->library;
    jpeg_create_compress(library);
    writer->created = 1;
    library->client_data = writer;
    svertka_jpeg_use_large_pages((j_common_ptr)library, &writer->pages);
    library->dest = &writer->destination;
    library->image_width = picture->width;
    library->image_height = picture->height;
    library->input_components = picture->channels;
    library->in_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(library);
    jpeg_set_quality(library, picture->quality, TRUE);
    if (picture->channels == 3) {
        library->comp_info[0].h_samp_factor = picture->horizontal_sampling;
        library->comp_info[0].v_samp_factor = picture->vertical_sampling;
    }
    library->optimize_coding = picture->optimize != 0;
    library->density_unit = (UINT8)picture->density_unit;
    library->X_density = picture->x_density;
    library->Y_density = picture->y_density;
    library->dct_method = JDCT_ISLOW;
    if (picture->progressive) jpeg_simple_progression(library);
    jpeg_start_compress(library, TRUE);
}

svertka_jpeg_writer *svertka_jpeg_writer_create(int descriptor, const svertka_jpeg_picture *picture,
                                                svertka_jpeg_status *status) {
    memset(status, 0, sizeof *status);
    svertka_jpeg_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) return NULL;
    writer->output = malloc(OUTPUT_BYTES);
    if (writer->output == NULL) {
        free(writer);
        return NULL;
    }
    writer->descriptor = descriptor;
    writer->destination.init_destination = on_destination_begin;
    writer->destination.empty_output_buffer = on_destination_full;
    writer->destination.term_destination = on_destination_end;
    svertka_jpeg_errors_prepare(&writer->errors, 0);
    writer->library.err = &writer->errors.manager;
    writer->errors.status = status;
    if (setjmp(writer->errors.escape) == 0) start(writer, picture);
    writer->errors.status = NULL;
    return writer;
}

int svertka_jpeg_writer_segment(svertka_jpeg_writer *writer, int marker, const uint8_t *data, size_t length,
                                svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    writer->errors.status = status;
    if (setjmp(writer->errors.escape) == 0) jpeg_write_marker(&writer->library, marker, data, (unsigned)length);
    writer->errors.status = NULL;
    return status->kind;
}

static void write_rows(svertka_jpeg_writer *writer, int64_t rows, const uint8_t *samples, size_t stride) {
    JSAMPROW pointers[ROWS_AT_ONCE];
    while (rows > 0) {
        JDIMENSION count = rows < ROWS_AT_ONCE ? (JDIMENSION)rows : ROWS_AT_ONCE;
        for (JDIMENSION row = 0; row < count; row++) pointers[row] = (JSAMPROW)(samples + (size_t)row * stride);
        JDIMENSION done = jpeg_write_scanlines(&writer->library, pointers, count);
        if (done == 0) svertka_jpeg_fail((j_common_ptr)&writer->library, SVERTKA_JPEG_LIBRARY, 0, "no row is taken");
        rows -= done;
        samples += (size_t)done * stride;
    }
}

int svertka_jpeg_writer_write(svertka_jpeg_writer *writer, int64_t rows, const void *samples, size_t stride,
                              svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    writer->errors.status = status;
    if (setjmp(writer->errors.escape) == 0) write_rows(writer, rows, samples, stride);
    status->rows_done = writer->library.next_scanline;
    writer->errors.status = NULL;
    return status->kind;
}

int svertka_jpeg_writer_finish(svertka_jpeg_writer *writer, svertka_jpeg_status *status) {
    status->kind = SVERTKA_JPEG_OK;
    writer->errors.status = status;
    if (setjmp(writer->errors.escape) == 0) jpeg_finish_compress(&writer->library);
    writer->errors.status = NULL;
    return status->kind;
}

void svertka_jpeg_writer_destroy(svertka_jpeg_writer *writer) {
    if (writer == NULL) return;
    if (writer->created) jpeg_destroy_compress(&writer->library);
    free(writer->output);
    free(writer);
}
