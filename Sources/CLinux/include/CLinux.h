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

// What the program was called with, as the kernel has put it into its memory. Swift's own list is read from /proc, and
// is empty where that fails.
int clinux_argument_count(void);
const char *clinux_argument(int index);

// Has the C library take pieces of memory of at least so many bytes from the kernel one by one and give them back when
// they are freed, for as long as the process lives. Left alone it raises that bound with what it has seen, up to 32 MiB,
// and such pieces then come out of heaps, which pictures of many sizes tear into holes.
void clinux_return_large_memory(size_t bytes);
