#ifndef SVERTKA_JPEG_ERRORS_H
#define SVERTKA_JPEG_ERRORS_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "CJPEG.h"

// libjpeg's error manager with the place to return to; `manager` is first, so that libjpeg's pointer is also ours.
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
    svertka_jpeg_status *status;  // where the call in progress reports
    int tolerant;
} svertka_jpeg_errors;

void svertka_jpeg_errors_prepare(svertka_jpeg_errors *errors, int tolerant);

// Ends the call in progress with a failure. Does not return.
void svertka_jpeg_fail(j_common_ptr library, int kind, int system_error, const char *text);

#endif
