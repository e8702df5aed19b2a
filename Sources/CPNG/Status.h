#ifndef SVERTKA_PNG_STATUS_H
#define SVERTKA_PNG_STATUS_H

#include <stdio.h>
#include <string.h>

#include "CPNG.h"

static inline void svertka_png_fail(svertka_png_status *status, int kind, int system_error, const char *text) {
    if (status == NULL) return;
    status->kind = kind;
    status->system_error = system_error;
    snprintf(status->text, sizeof status->text, "%s", text);
}

static inline void svertka_png_warn(svertka_png_status *status, const char *text) {
    if (status == NULL) return;
    int32_t index = 0;
    while (index < status->warning_kinds &&
           strncmp(status->warnings[index].text, text, sizeof status->warnings[index].text - 1) != 0) {
        index++;
    }
    if (index == SVERTKA_PNG_WARNING_KINDS) index--;
    svertka_png_warning *warning = &status->warnings[index];
    if (index == status->warning_kinds) {
        snprintf(warning->text, sizeof warning->text, "%s", text);
        status->warning_kinds++;
    }
    warning->count++;
}

#endif
