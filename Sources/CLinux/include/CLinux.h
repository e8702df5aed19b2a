// Calls of Linux that Swift's Glibc module does not show: they hide behind _GNU_SOURCE, or have no wrapper at all.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Names the calling thread; the kernel keeps the first 15 bytes.
void clinux_name_this_thread(const char *name);

// How many processors the calling thread may run on; 0 when the kernel does not tell.
int clinux_affinity_count(void);
