#include "LargePages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 2 << 20 };

static jvirt_barray_ptr on_request(j_common_ptr library, int pool, boolean zeroed, JDIMENSION blocks, JDIMENSION rows,
                                   JDIMENSION rows_at_once) {
    svertka_jpeg_large_pages *pages = library->client_data;
    jvirt_barray_ptr result = pages->request(library, pool, zeroed, blocks, rows, rows_at_once);
    if (pages->count < MAX_COMPONENTS) {
        pages->arrays[pages->count++] = (svertka_jpeg_coefficients){result, (size_t)rows * blocks * sizeof(JBLOCK)};
    }
    return result;
}

static void on_realize(j_common_ptr library) {
    svertka_jpeg_large_pages *pages = library->client_data;
    pages->realize(library);
    for (int index = 0; index < pages->count; index++) {
        svertka_jpeg_coefficients array = pages->arrays[index];
        if (array.bytes < 2 * PAGE_BYTES) continue;
        uintptr_t begin = (uintptr_t)library->mem->access_virt_barray(library, array.blocks, 0, 1, TRUE)[0];
        uintptr_t first = (begin + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        uintptr_t end = (begin + array.bytes) / PAGE_BYTES * PAGE_BYTES;
        madvise((void *)first, end - first, MADV_HUGEPAGE);
    }
    pages->count = 0;
}

void svertka_jpeg_use_large_pages(j_common_ptr library, svertka_jpeg_large_pages *pages) {
    pages->request = library->mem->request_virt_barray;
    pages->realize = library->mem->realize_virt_arrays;
    library->mem->request_virt_barray = on_request;
    library->mem->realize_virt_arrays = on_realize;
}
