#ifndef SVERTKA_LARGE_PAGES_H
#define SVERTKA_LARGE_PAGES_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

// The coefficients of one component of a picture that is not coded in one go.
typedef struct {
    jvirt_barray_ptr blocks;
    size_t bytes;
} svertka_jpeg_coefficients;

typedef struct {
    svertka_jpeg_coefficients arrays[MAX_COMPONENTS];
    int count;
    // libjpeg's own.
    jvirt_barray_ptr (*request)(j_common_ptr, int, boolean, JDIMENSION, JDIMENSION, JDIMENSION);
    void (*realize)(j_common_ptr);
} svertka_jpeg_large_pages;

// Lets libjpeg keep coefficients in large pages. They take more memory than anything else that coding touches, and page
// faults took a fifth of the time; a kernel without large pages does as before.
// For a library that was just created, whose client data begin with `pages`.
void svertka_jpeg_use_large_pages(j_common_ptr library, svertka_jpeg_large_pages *pages);

#endif
