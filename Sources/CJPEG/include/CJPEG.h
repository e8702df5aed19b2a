#ifndef SVERTKA_CJPEG_H
#define SVERTKA_CJPEG_H
#endif
