#ifndef SVERTKA_CPNG_H
#define SVERTKA_CPNG_H
#endif
