#include "Errors.h"

#include <errno.h>
#include <string.h>

#include <jerror.h>

static svertka_jpeg_errors *errors_of(j_common_ptr library) { return (svertka_jpeg_errors *)library->err; }

void svertka_jpeg_fail(j_common_ptr library, int kind, int system_error, const char *text) {
    svertka_jpeg_errors *errors = errors_of(library);
    if (errors->status != NULL) {
        errors->status->kind = kind;
        errors->status->system_error = system_error;
        snprintf(errors->status->text, sizeof errors->status->text, "%s", text);
    }
    longjmp(errors->escape, 1);
}

static void on_error(j_common_ptr library) {
    char text[JMSG_LENGTH_MAX];
    library->err->format_message(library, text);
    int code = library->err->msg_code;
    int kind = SVERTKA_JPEG_LIBRARY;
    if (code == JERR_OUT_OF_MEMORY) kind = SVERTKA_JPEG_MEMORY;
    if (code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY) kind = SVERTKA_JPEG_TRUNCATED;
    svertka_jpeg_fail(library, kind, kind == SVERTKA_JPEG_MEMORY ? ENOMEM : 0, text);
}

static void note_warning(j_common_ptr library, svertka_jpeg_status *status, int is_damage) {
    int code = library->err->msg_code;
    int32_t index = 0;
    while (index < status->warning_kinds && status->warnings[index].code != code) index++;
    if (index == SVERTKA_JPEG_WARNING_KINDS) return;
    svertka_jpeg_warning *warning = &status->warnings[index];
    if (index == status->warning_kinds) {
        char text[JMSG_LENGTH_MAX];
        library->err->format_message(library, text);
        snprintf(warning->text, sizeof warning->text, "%s", text);
        warning->code = code;
        warning->is_damage = is_damage;
        status->warning_kinds++;
    }
    warning->count++;
}

static void on_message(j_common_ptr library, int level) {
    if (level >= 0) return;
    svertka_jpeg_errors *errors = errors_of(library);
    int kind = SVERTKA_JPEG_OK;
    switch (library->err->msg_code) {
    case JWRN_JPEG_EOF:
        kind = SVERTKA_JPEG_TRUNCATED;
        break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        kind = SVERTKA_JPEG_DAMAGED;
        break;
    default:
        break;
    }
    char text[JMSG_LENGTH_MAX];
    library->err->num_warnings++;
    if (kind != SVERTKA_JPEG_OK && !errors->tolerant) {
        library->err->format_message(library, text);
        svertka_jpeg_fail(library, kind, 0, text);
    }
    if (errors->status != NULL) note_warning(library, errors->status, kind != SVERTKA_JPEG_OK);
}

static void on_output(j_common_ptr library) { (void)library; }

void svertka_jpeg_errors_prepare(svertka_jpeg_errors *errors, int tolerant) {
    jpeg_std_error(&errors->manager);
    errors->manager.error_exit = on_error;
    errors->manager.emit_message = on_message;
    errors->manager.output_message = on_output;
    errors->tolerant = tolerant;
}
