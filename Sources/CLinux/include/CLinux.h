// Calls of Linux that Swift's Glibc module does not show: they hide behind _GNU_SOURCE, or have no wrapper at all.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Names the calling thread; the kernel keeps the first 15 bytes.
void clinux_name_this_thread(const char *name);

// Tells the processor that the thread goes round a loop until another thread has done something.
void clinux_pause(void);

// How many processors the calling thread may run on; 0 when the kernel does not tell.
int clinux_affinity_count(void);

// Starts writing a file's changed pages to the disk and does not wait; 0, or -1 with errno set.
int clinux_start_writeback(int descriptor);

// renameat2(2): flags are CLINUX_RENAME_*; 0, or -1 with errno set.
int clinux_rename(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);

enum { CLINUX_RENAME_NOREPLACE = 1, CLINUX_RENAME_EXCHANGE = 2 };
