import NetworkKernels

/// The loops, compiled for one level of vector instructions.
///
/// This folder's files are compiled twice: here for the floor, and through links in `NetworkLoopsWide`, with `WIDE`
/// defined, for AVX-512. They hold nothing but loops over pointers and vectors: a generic function of the standard
/// library that is not inlined would be one function of the program for both levels, with instructions that the floor
/// does not have. `scripts/check-levels` looks for such functions.
public enum Loops: VectorLoops {}
