#ifndef SVERTKA_PNG_STATUS_H
#define SVERTKA_PNG_STATUS_H

#include <stdio.h>

#include "CPNG.h"

static inline void svertka_png_fail(svertka_png_status *status, int kind, int system_error, const char *text) {
    if (status == NULL) return;
    status->kind = kind;
    status->system_error = system_error;
    snprintf(status->text, sizeof status->text, "%s", text);
}

static inline void svertka_png_warn(svertka_png_status *status, const char *text) {
    if (status == NULL) return;
    if (status->warnings++ == 0) snprintf(status->warning, sizeof status->warning, "%s", text);
}

#endif
